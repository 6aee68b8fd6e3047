import { deliveryMode } from '../contents.ts';
import { boolean, integer, name, oneOf, optional, type Setting } from '../kinds.ts';
import { queues } from '../queues.ts';
import { routes } from '../routes.ts';

/** Which queue a task goes to. */
export const routingSettings = {
  taskRoutes: routes('Where tasks go: by name, by pattern, or as a function says.'),
  taskQueues: queues('The queues that there are; a worker without -Q takes from all of them.'),
  taskDefaultQueue: name('celery', 'The queue of tasks that name none, and of workers without -Q.'),
  taskDefaultExchange: optional(
    name('', 'The exchange of queues that name none; null = named like the default queue.'),
  ),
  taskDefaultExchangeType: oneOf(
    'direct',
    ['direct', 'topic', 'fanout'],
    'How the default exchange chooses among its queues.',
  ),
  taskDefaultRoutingKey: optional(
    name('', 'The routing key of the default queue; null = named like the queue.'),
  ),
  taskCreateMissingQueues: boolean(
    true,
    "Take the name of a queue that is not in 'taskQueues' for a new one; false refuses it.",
  ),
  taskCreateMissingQueueExchangeType: optional(
    oneOf(
      'direct',
      ['direct', 'topic', 'fanout'],
      'How the exchange of such a new queue chooses; null = direct.',
    ),
  ),
  taskDefaultPriority: integer(
    0,
    { min: 0, max: 9 },
    'The priority of tasks sent without one: 0 is served first, 9 last.',
  ),
  taskInheritParentPriority: boolean(
    false,
    'Give what a task sends, and what follows it, the priority of that task.',
  ),
  taskDefaultDeliveryMode: deliveryMode(
    'persistent',
    'Whether a broker that can lose messages is to write them to disk.',
  ),
} satisfies Record<string, Setting<unknown>>;
