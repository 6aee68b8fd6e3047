import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Celery } from 'celeriac';
import { expect, test } from 'vitest';
import { onFileEnd } from '../support/cleanup.ts';
import { startPythonClient, startPythonWorker } from '../support/python.ts';
import { startRedis } from '../support/redis.ts';
import { tempDir } from '../support/temp.ts';
import { until } from '../support/waits.ts';
import { startWorker } from '../support/worker.ts';

/** The same queues and routes in both languages. */
const PYTHON = `
from kombu import Exchange, Queue
from kombu.common import Broadcast

topic = Exchange('tasks', type='topic')
app.conf.task_default_queue = 'default'
app.conf.task_default_exchange = 'tasks'
app.conf.task_default_exchange_type = 'topic'
app.conf.task_default_routing_key = 'task.default'
app.conf.task_queues = [
    Queue('default', topic, routing_key='task.#'),
    Queue('python', topic, routing_key='python.#'),
    Queue('ours', topic, routing_key='ours.#'),
    Broadcast('news'),
]
app.conf.task_routes = {
    'py.*': {'queue': 'python', 'routing_key': 'python.routed'},
    'routed.*': {'queue': 'ours', 'routing_key': 'ours.routed'},
}

@app.task(name='py.add')
def add(x, y):
    return x + y

@app.task(name='all.seen')
def seen(word):
    app.backend.client.rpush('seen', 'python ' + word)
`;

const settings = `{
  taskDefaultQueue: 'default', taskDefaultExchange: 'tasks', taskDefaultExchangeType: 'topic',
  taskDefaultRoutingKey: 'task.default',
  taskQueues: [
    { name: 'default', routingKey: 'task.#' },
    { name: 'python', routingKey: 'python.#' },
    { name: 'ours', routingKey: 'ours.#' },
    { name: 'news', broadcast: true },
  ],
  taskRoutes: {
    'py.*': { queue: 'python', routingKey: 'python.routed' },
    'routed.*': { queue: 'ours', routingKey: 'ours.routed' },
  },
}`;

test('routes and topic queues mean the same in both languages, whoever sends and whoever runs', async () => {
  const redis = await startRedis();
  const entry = new URL('../../dist/index.js', import.meta.url).href;
  const module = join(tempDir(), 'routed.mjs');
  const noted = join(tempDir(), 'noted');
  writeFileSync(
    module,
    `import { appendFileSync } from 'node:fs';
     import { Celery } from '${entry}';
     export const settings = ${settings};
     export const app = new Celery('routed', settings);
     app.task({ name: 'routed.add', bind: true }, (task, a, b) => [task.request.queue, a + b]);
     app.task({ name: 'all.seen' }, (word) => appendFileSync('${noted}', word + '\\n'));`,
  );
  const loaded = (await import(module)) as { settings: ConstructorParameters<typeof Celery>[1] };
  const app = new Celery('c', { ...loaded.settings, broker: redis.url, backend: redis.url });
  onFileEnd(() => app.close());
  const python = { brokerUrl: redis.url, backendUrl: redis.url, source: PYTHON };
  await startPythonWorker({ ...python, queues: ['python', 'news'] });
  await startWorker({ brokerUrl: redis.url, module, args: ['-Q', 'ours,news'] });
  const client = await startPythonClient(python);

  const inPython = await app.sendTask('py.add', [1, 2]);
  const inOurs = await client.call('routed.add', [3, 4]);
  const byKey = await app.sendTask('py.add', [5, 6], {
    exchange: 'tasks',
    routingKey: 'python.x.y',
  });
  const keyedOurs = await client.call('routed.add', [7, 8], {
    ...{ exchange: 'tasks', routing_key: 'ours.x', queue: null },
  });
  const toAll = await app.sendTask('all.seen', ['from ours'], { queue: 'news' });
  // on Redis a client of Python's takes an exchange for a direct one until it has declared it
  const exchange = "app.amqp.queues['news'].exchange";
  await client.evaluate(
    `app.send_task('all.seen', args=['from python'], queue='news', declare=[${exchange}]).id`,
  );

  await expect(inPython.get({ timeout: 20 })).resolves.toBe(3);
  await expect(client.get(inOurs)).resolves.toEqual(['ours', 7]);
  await expect(byKey.get({ timeout: 20 })).resolves.toBe(11);
  await expect(client.get(keyedOurs)).resolves.toEqual(['ours', 15]);
  await toAll.get({ timeout: 20 });
  const [first, second] = [
    await redis.cli('BLPOP', 'seen', '20'),
    await redis.cli('BLPOP', 'seen', '20'),
  ];
  expect(`${first} ${second}`).toMatch(/python from ours.*python from python/s);
  const lines = () => (existsSync(noted) ? readFileSync(noted, 'utf8') : '');
  await until(() => lines() === 'from ours\nfrom python\n', {
    ...{ deadlineMs: 20_000, what: () => `our worker to have both, not '${lines()}'` },
  });
});
