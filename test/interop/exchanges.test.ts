import { beforeEach, expect, test } from 'vitest';
import type { ExchangeSpec, OutgoingMessage, QueueSpec } from '../../src/protocol/index.ts';
import { deliveries, soonEnough } from '../support/messages.ts';
import { type PythonClient, startPythonClient, startPythonWorker } from '../support/python.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { consumeFrom, openTestTransport } from '../support/transports.ts';
import { until } from '../support/waits.ts';

/** Python's side of the same queues. */
const QUEUES = `
from kombu import Exchange, Queue
from kombu.common import Broadcast

app.conf.task_queues = [
    Broadcast('everyone'),
    Queue('sport', Exchange('news', type='direct'), routing_key='ball'),
    Queue('errors', Exchange('logs', type='topic'), routing_key='*.error'),
    Queue('all', Exchange('logs', type='topic'), routing_key='#'),
]
`;
const TASKS = `${QUEUES}
@app.task(name='py.note')
def note(text):
    app.backend.client.rpush('noted', text)
`;

const everyone: ExchangeSpec = { name: 'everyone', type: 'fanout' };
const news: ExchangeSpec = { name: 'news', type: 'direct' };
const logs: ExchangeSpec = { name: 'logs', type: 'topic' };
const specs: readonly QueueSpec[] = [
  // Celery gives a broadcast queue the default routing key
  aQueue('everyone', everyone, 'celery'),
  aQueue('sport', news, 'ball'),
  aQueue('errors', logs, '*.error'),
  aQueue('all', logs, '#'),
];

let redis: RedisServer;

beforeEach(async () => {
  redis = await startRedis();
});

function aQueue(name: string, exchange: ExchangeSpec, routingKey: string): QueueSpec {
  return { name, bindings: [{ exchange, routingKey }], isBroadcast: exchange.type === 'fanout' };
}

/** A task that writes its text down. */
function noteOf(text: string, exchange: ExchangeSpec, routingKey: string): OutgoingMessage {
  const id = `note-${text}`;
  return {
    queue: exchange.name,
    route: { exchange, routingKey, declare: [] },
    headers: {
      ...{ lang: 'js', task: 'py.note', id, shadow: null, eta: null, expires: null, group: null },
      ...{ group_index: null, retries: 0, timelimit: [null, null], root_id: id, parent_id: null },
      ...{ argsrepr: '()', kwargsrepr: '{}', origin: 'gen1@test', ignore_result: true },
      ...{ replaced_task_nesting: 0, stamped_headers: null, stamps: {} },
    },
    properties: { correlation_id: id, reply_to: '', delivery_mode: 2, priority: 0 },
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    body: `[["${text}"], {}, {"callbacks": null, "errbacks": null, "chain": null, "chord": null}]`,
  };
}

const noted = async (): Promise<string[]> =>
  (await redis.cli('LRANGE', 'noted', '0', '-1')).split('\n').filter(Boolean);

function pythonClient(): Promise<PythonClient> {
  return startPythonClient({ brokerUrl: redis.url, backendUrl: redis.url, source: QUEUES });
}

function pythonWorker(queues: readonly string[]) {
  const options = { brokerUrl: redis.url, backendUrl: redis.url, source: TASKS };
  return startPythonWorker({ ...options, queues });
}

test("a broadcast of Python's client reaches two consumers of ours", async () => {
  const declare = specs.slice(0, 1);
  const [one, other] = await Promise.all(
    [1, 2].map(async () => {
      return consumeFrom(await openTestTransport(redis.url), { queues: [], declare });
    }),
  );
  const python = await pythonClient();

  // it knows the type of an exchange once it has declared it, and pushes into what is bound until then
  const pushed = await python.call('any.task', [1], { queue: 'everyone' });
  const exchange = 'app.conf.task_queues[0].exchange';
  const published = await python.evaluate(
    `app.send_task('any.task', [1], queue='everyone', declare=[${exchange}]).id`,
  );

  for (const consumer of [one, other]) {
    const claimed = deliveries((await consumer?.gather(2, 10_000)) ?? []);
    expect(claimed.map(({ headers }) => headers['id'])).toEqual([pushed, published]);
    const [, delivery] = claimed;
    expect(delivery?.properties['delivery_info']).toEqual({
      exchange: 'everyone',
      routing_key: 'celery',
    });
  }
});

test("a broadcast of ours reaches Python's worker, and our consumer beside it", async () => {
  const transport = await openTestTransport(redis.url);
  const ours = await consumeFrom(transport, { queues: [], declare: specs.slice(0, 1) });
  await pythonWorker(['everyone']);

  await transport.publish([noteOf('hello', everyone, 'celery')], soonEnough());

  await until(async () => (await noted()).length > 0, { deadlineMs: 20_000, what: 'a note' });
  expect(await noted()).toEqual(['hello']);
  expect(deliveries(await ours.gather(1, 5_000))[0]?.headers['id']).toBe('note-hello');
});

test("what Python's client sends through direct and topic exchanges comes into our queues", async () => {
  const queues = ['sport', 'errors', 'all'];
  const transport = await openTestTransport(redis.url);
  const ours = await consumeFrom(transport, { queues, declare: specs });
  const python = await pythonClient();
  // it knows the type of an exchange only once it has declared it
  const declare = '[queue.exchange for queue in app.conf.task_queues]';
  const send = (exchange: string, key: string) =>
    python.evaluate(
      `app.send_task('any.task', exchange='${exchange}', routing_key='${key}', declare=${declare}).id`,
    );

  await send('news', 'ball');
  await send('logs', 'web.error');
  await send('logs', 'web.info');

  const claimed = deliveries(await ours.gather(4, 10_000));
  const where = claimed.map(({ queue, properties }) => {
    const info = properties['delivery_info'] as { exchange: string; routing_key: string };
    return `${queue} ${info.exchange} ${info.routing_key}`;
  });
  expect(where.toSorted()).toEqual([
    'all logs web.error',
    'all logs web.info',
    'errors logs web.error',
    'sport news ball',
  ]);
});

test("what we send through exchanges comes into the queues of Python's worker", async () => {
  await pythonWorker(['sport', 'errors']);
  const transport = await openTestTransport(redis.url);

  await transport.publish(
    [
      noteOf('goal', news, 'ball'),
      noteOf('crash', logs, 'web.error'),
      noteOf('deep', logs, 'web.db.error'),
    ],
    soonEnough(),
  );
  const lost = transport.publish([noteOf('vote', news, 'vote')], soonEnough());

  await expect(lost).rejects.toMatchObject({ code: 'MESSAGE_UNROUTABLE' });
  await until(async () => (await noted()).length === 3, {
    deadlineMs: 20_000,
    what: 'three notes',
  });
  expect((await noted()).toSorted()).toEqual(['crash', 'deep', 'goal']);
});
