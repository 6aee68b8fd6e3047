import { boolean, integer, oneOf, type Setting, seconds } from '../kinds.ts';

/** How tasks are sent, run and settled. */
export const taskSettings = {
  taskIgnoreResult: boolean(false, 'Store no results, unless a task says otherwise.'),
  taskStoreErrorsEvenIfIgnored: boolean(
    false,
    'Store how a task failed, though its results are ignored.',
  ),
  taskTrackStarted: boolean(false, 'Store the state STARTED when a task begins.'),
  taskAcksLate: boolean(true, 'Ack a message after its task has run, not before.'),
  taskAcksOnFailureOrTimeout: boolean(
    true,
    'Ack a task that failed; false moves its message to the dead letters.',
  ),
  taskRejectOnWorkerLost: boolean(
    true,
    'Put a task back whose executor died; false lets it end as failed.',
  ),
  taskDeliveryLimit: integer(
    3,
    { min: 1 },
    'Deliveries that may end in a lost worker before a message moves to the dead letters.',
  ),
  taskUnknownRetryFor: seconds(
    600,
    { min: 0 },
    'How long a task that a worker does not know is put back for others.',
  ),
  jsonTypes: oneOf(
    'typed',
    ['typed', 'plain'],
    "Whether dates, bytes and the like keep their type in Celery's form, or become plain JSON.",
  ),
} satisfies Record<string, Setting<unknown>>;
