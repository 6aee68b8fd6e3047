import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Celery } from 'celeriac';
import { beforeEach, expect, test } from 'vitest';
import { onFileEnd } from '../support/cleanup.ts';
import { useRedis } from '../support/redis.ts';
import { tempDir } from '../support/temp.ts';
import { runCli, startWorker } from '../support/worker.ts';

const redis = useRedis();
const entry = new URL('../../dist/index.js', import.meta.url).href;

/** An app whose worker and client share settings; `where` says which worker ran it, and with what. */
const source = `import { Celery } from '${entry}';
export const app = new Celery('routed', {
  taskDefaultExchange: 'tasks', taskDefaultExchangeType: 'topic', taskDefaultQueue: 'default',
  taskQueues: [
    { name: 'default', routingKey: 'task.#' },
    { name: 'feeds', routingKey: 'feed.#' },
    { name: 'news', broadcast: true },
  ],
  taskRoutes: { 'routed.fetch*': { queue: 'feeds', routingKey: 'feed.fetched', priority: 6 } },
  taskInheritParentPriority: true,
});
const seen = (task) => [task.request.nodeName.split('@')[0], task.request.queue, task.request.priority];
app.task({ name: 'routed.where', bind: true }, seen);
app.task({ name: 'routed.fetchAll', bind: true }, seen);
app.task({ name: 'routed.again', bind: true }, (task) => {
  if (task.request.retries === 0) throw task.retry({ countdown: 0 });
  return seen(task);
});
app.task({ name: 'routed.parent', bind: true }, async (task) => {
  const child = await app.sendTask('routed.where');
  const own = await app.sendTask('routed.where', [], { priority: 9, addToParent: false });
  return [child.id, own.id];
});
`;

let file: string;
let app: Celery;

beforeEach(async () => {
  file = join(tempDir(), 'routed.mjs');
  writeFileSync(file, source);
  const loaded = (await import(file)) as { app: Celery };
  app = new Celery('client', {
    ...{ broker: redis().url, backend: redis().url, taskQueues: loaded.app.settings.taskQueues },
    ...{ taskDefaultExchange: 'tasks', taskDefaultExchangeType: 'topic' },
    ...{ taskDefaultQueue: 'default', taskRoutes: loaded.app.settings.taskRoutes },
  });
  onFileEnd(() => app.close());
});

function worker(name: string, ...args: string[]) {
  return startWorker({
    ...{ brokerUrl: redis().url, module: file },
    args: ['-n', `${name}@h`, '-c', '1', ...args],
  });
}

test('tasks go where taskRoutes and taskQueues say, through the exchange, and their retries stay there', async () => {
  await worker('one', '-Q', 'default');
  await worker('two', '-X', 'default,news');

  const plain = await app.sendTask('routed.where');
  const routed = await app.sendTask('routed.fetchAll');
  const keyed = await app.sendTask('routed.where', [], { exchange: 'tasks', routingKey: 'feed.x' });
  const again = await app.sendTask('routed.again', [], { queue: 'feeds', routingKey: 'feed.y' });

  expect(await plain.get({ timeout: 20 })).toEqual(['one', 'default', 0]);
  expect(await routed.get({ timeout: 20 })).toEqual(['two', 'feeds', 6]);
  expect(await keyed.get({ timeout: 20 })).toEqual(['two', 'feeds', 0]);
  expect(await again.get({ timeout: 20 })).toEqual(['two', 'feeds', 0]);
  const bindings = await redis().cli('SMEMBERS', '_kombu.binding.tasks');
  expect(bindings).toContain('task.#');
  expect(bindings).toContain('feed.#');
});

test('a message for which no queue is bound is refused, and nothing is sent', async () => {
  const lost = app.sendTask('routed.where', [], { exchange: 'tasks', routingKey: 'nowhere' });

  await expect(lost).rejects.toMatchObject({ code: 'MESSAGE_UNROUTABLE', routingKey: 'nowhere' });
});

test('what a task sends has its priority if taskInheritParentPriority is on, and is its child if it may be', async () => {
  await worker('one', '-P', 'async', '-c', '4');

  const parent = await app.sendTask('routed.parent', [], { priority: 3 });
  const [child = '', own = ''] = (await parent.get({ timeout: 20 })) as string[];

  expect(await app.asyncResult(child).get({ timeout: 20 })).toEqual(['one', 'default', 3]);
  expect(await app.asyncResult(own).get({ timeout: 20 })).toEqual(['one', 'default', 9]);
  const document = await redis().cli('GET', `celery-task-meta-${parent.id}`);
  const { children } = JSON.parse(document) as { children: [[string, unknown], unknown][] };
  expect(children.map(([[id]]) => id)).toEqual([child]);
});

test('workerDirect gives each worker a queue that others can address', async () => {
  await worker('one', '--set', 'workerDirect=true');
  await worker('two', '--set', 'workerDirect=true');

  const options = { exchange: 'C.dq2', routingKey: 'two@h' };
  const byExchange = await app.sendTask('routed.where', [], options);
  const byQueue = await app.sendTask('routed.where', [], { queue: 'one@h.dq2' });

  expect(await byExchange.get({ timeout: 20 })).toEqual(['two', 'two@h.dq2', 0]);
  expect(await byQueue.get({ timeout: 20 })).toEqual(['one', 'one@h.dq2', 0]);
});

test('a worker told to serve a queue that nobody configured stops, naming the nearest', async () => {
  const args = ['-A', file, 'worker', '-Q', 'feed', '--set', 'taskCreateMissingQueues=false'];
  const program = runCli(args, { CELERY_BROKER_URL: redis().url });

  const { code } = await program.exited;

  expect(code).toBe(1);
  expect(program.stderr).toContain("did you mean 'feeds'?");
});
