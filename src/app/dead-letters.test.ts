import { randomUUID } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { Celery } from './celery.ts';

const apps: Celery[] = [];
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
});

/** An app in whose queues messages were given up, as many as are named. */
async function anApp(...queues: readonly string[]) {
  const app = new Celery('dead', {
    broker: `memory://${randomUUID()}`,
    taskQueues: [
      { name: 'celery' },
      { name: 'a' },
      { name: 'b' },
      { name: 'all', broadcast: true },
    ],
  });
  apps.push(app);
  const transport = await app.source();
  const sent: string[] = [];
  for (const queue of queues) {
    const { id } = await app.sendTask('dead.task', [sent.length, 'ü'], { queue });
    sent.push(id);
    await buryAll(app, queue);
  }
  return { app, sent, transport };
}

/** Gives up all that waits in a queue. */
async function buryAll(app: Celery, queue: string): Promise<void> {
  const declare = app.router.queues.all.filter(({ name }) => name === queue);
  const consumer = await (await app.source()).consume({
    ...{ queues: [queue], declare, nodeName: 'w@h', onWake: () => {}, onNotice: () => {} },
  });
  const settle = { kind: 'dead-letter', reason: 'no' } as const;
  const claimed = await consumer.claim(100);
  const tags = claimed.map((each) => (each.kind === 'message' ? each.delivery.tag : each.tag));
  await consumer.commit(tags.map((tag) => ({ tag, settle, writes: [], messages: [] })));
  await consumer.close();
}

test('one is found by its id, its beginning, or its task, with its arguments', async () => {
  const { app, sent } = await anApp('a', 'b');
  const [letter] = (await app.deadLetters.list('b')).letters;
  const id = letter?.id ?? '';

  const found = await Promise.all(
    [id, id.slice(0, 8).toUpperCase(), sent[1] ?? ''].map((text) => app.deadLetters.find(text)),
  );

  for (const each of found) {
    expect(each).toMatchObject({ id, args: [1, 'ü'], kwargs: {}, problem: null });
    expect(each?.headers?.['id']).toBe(sent[1]);
  }
  expect(await app.deadLetters.find(id.slice(0, 3))).toBeUndefined();
  expect(await app.deadLetters.find(id, { queue: 'a' })).toBeUndefined();
});

test('arguments that cannot be read are told with the reason, the rest is there', async () => {
  const { app, sent } = await anApp('a');
  const strict = new Celery('strict', { broker: app.settings.brokerUrl, acceptContent: ['yaml'] });
  apps.push(strict);

  const letter = await strict.deadLetters.find(sent[0] ?? '');

  expect(letter).toMatchObject({ args: null, kwargs: null, headers: { id: sent[0] } });
  expect(letter?.problem).toContain('acceptContent');
});

test('those of several queues are put back by their ids, and what is not there is told', async () => {
  const { app, sent, transport } = await anApp('a', 'b', 'b');

  const done = await app.deadLetters.redrive({ ids: [sent[0] ?? '', sent[1] ?? '', 'nothing'] });

  expect(done).toEqual({ redriven: 2, refused: [], missing: ['nothing'] });
  expect([await transport.size('a'), await transport.size('b')]).toEqual([1, 1]);
  expect(await app.deadLetters.queues()).toEqual([{ queue: 'b', count: 1 }]);
});

test('a queue, a time, or all must be said', async () => {
  const { app } = await anApp('a', 'b', 'b');

  await expect(app.deadLetters.purge({})).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  await expect(app.deadLetters.redrive({ all: false })).rejects.toThrow('say which');
  const none = await app.deadLetters.purge({ before: new Date(0) });
  const some = await app.deadLetters.purge({ queue: 'a' });
  const all = await app.deadLetters.purge({ all: true });

  expect([none.purged, some.purged, all.purged]).toEqual([0, 1, 2]);
});

test('a broadcast queue is not put back into, as nobody would take it from there', async () => {
  const { app, transport } = await anApp();
  const consumer = await transport.consume({
    ...{ queues: [], nodeName: 'w@h', onWake: () => {}, onNotice: () => {} },
    declare: app.router.queues.all.filter(({ isBroadcast }) => isBroadcast),
  });
  await app.sendTask('dead.task', [], { queue: 'all' });
  const [claimed] = await consumer.claim(1);
  const tag = claimed?.kind === 'message' ? claimed.delivery.tag : '';
  const settle = { kind: 'dead-letter', reason: 'no' } as const;
  await consumer.commit([{ tag, settle, writes: [], messages: [] }]);

  await expect(app.deadLetters.redrive({ all: true })).rejects.toThrow(
    "queue 'all' is a broadcast",
  );
  expect(await app.deadLetters.redrive({ all: true, to: 'a' })).toMatchObject({ redriven: 1 });
});

test('a limit that is none is refused', async () => {
  const { app } = await anApp();

  await expect(app.deadLetters.list('a', { limit: 0 })).rejects.toThrow("'limit' must be");
});
