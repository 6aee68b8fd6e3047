import { group } from 'celeriac';
import { expect } from 'vitest';
import {
  aGate,
  errorOf,
  ourCall,
  pushTask,
  pythonSees,
  pythonsCall,
  stored,
  told,
  weSee,
} from '../asking.ts';
import type { Place } from '../place.ts';
import type { Row } from '../row.ts';

/** The seconds for which a stored result stays, at most. */
async function ttlOf({ redis }: Place, id: string): Promise<number> {
  return Number(await redis.cli('TTL', `celery-task-meta-${id}`));
}

/** The whole result of a call: its id too. */
async function called(place: Place, side: 'ours' | 'python', task: string, args: unknown[]) {
  if (side === 'ours') {
    const id = await place.python.call(task, args, { queue: 'ours' });
    await place.python.get(id);
    return id;
  }
  const sent = await place.app.sendTask(task, args, { queue: 'python' });
  await sent.get({ timeout: 20 });
  return sent.id;
}

/** The fields of an extended result of a task that has a parent, in Celery's order. */
const documentFields = [
  ...['status', 'result', 'traceback', 'children', 'date_done', 'parent_id', 'name', 'args'],
  ...['kwargs', 'worker', 'retries', 'queue', 'task_id'],
];
const documentNotes = `the same fields in the same order: ${documentFields.map((name) => `\`${name}\``).join(', ')}`;

/** What a client can know of a task while it runs, and afterwards. */
export const rows: readonly Row[] = [
  {
    name: 'state PENDING',
    notes: 'also of an id that nobody knows',
    pythonToUs: async ({ python }) => {
      await expect(python.state('nobody knows it')).resolves.toBe('PENDING');
    },
    usToPython: async ({ app }) => {
      await expect(app.asyncResult('nobody knows it').state()).resolves.toBe('PENDING');
    },
  },
  {
    name: 'state STARTED',
    notes: '`track_started`, `trackStarted`; with the process and the name of the worker',
    pythonToUs: async (place) => {
      const gate = aGate();
      const id = await place.python.call('peer.held', [gate.path], { queue: 'ours' });
      await pythonSees(place, id, 'STARTED');

      await expect(told(place, id, 'info')).resolves.toEqual({
        info: { pid: expect.any(Number), hostname: 'ours@host' },
      });
      gate.open();
      await expect(place.python.get(id)).resolves.toBe('at once');
      await expect(place.python.state(id)).resolves.toBe('SUCCESS');
    },
    usToPython: async (place) => {
      const gate = aGate();
      const sent = await place.app.sendTask('peer.held', [gate.path], { queue: 'python' });
      await weSee(sent, 'STARTED');

      await expect(sent.info()).resolves.toEqual({
        ...{ pid: place.pythonWorker.pid, hostname: expect.stringMatching(/^python@/) },
      });
      gate.open();
      await expect(sent.get({ timeout: 20 })).resolves.toBe('at once');
      await expect(sent.state()).resolves.toBe('SUCCESS');
    },
  },
  {
    name: "state of a task's own, with what it carries",
    notes: '`update_state`, `updateState`; seen while the task runs',
    pythonToUs: async (place) => {
      const gate = aGate();
      const id = await place.python.call('peer.step', [gate.path], { queue: 'ours' });
      await pythonSees(place, id, 'HALFWAY');

      await expect(told(place, id, 'info', 'date_done')).resolves.toEqual({
        ...{ info: { done: 1, of: 2 }, date_done: null },
      });
      gate.open();
      await expect(place.python.get(id)).resolves.toBe('whole');
    },
    usToPython: async (place) => {
      const gate = aGate();
      const sent = await place.app.sendTask('peer.step', [gate.path], { queue: 'python' });
      await weSee(sent, 'HALFWAY');

      await expect(sent.info()).resolves.toEqual({ done: 1, of: 2 });
      await expect(sent.ready()).resolves.toBe(false);
      gate.open();
      await expect(sent.get({ timeout: 20 })).resolves.toBe('whole');
    },
  },
  {
    name: 'Reject with `requeue`',
    notes: 'the message goes back until its task takes it, and the other worker may have it then',
    pythonToUs: async (place) => {
      const gate = aGate();
      const id = await place.python.call('peer.requeued', [gate.path], { queue: 'ours' });
      await place.worker.waitForLine(
        new RegExp(`peer.requeued\\[${id}\\] rejected, requeued`),
        10_000,
      );

      gate.open();
      await expect(place.python.get(id)).resolves.toBe('ours');
    },
    usToPython: async (place) => {
      const gate = aGate();
      const sent = await place.app.sendTask('peer.requeued', [gate.path], { queue: 'python' });
      const received = new RegExp(`peer.requeued\\[${sent.id}\\] received`);
      await place.pythonWorker.waitForLine(received, 10_000);

      gate.open();
      await expect(sent.get({ timeout: 20 })).resolves.toBe('python');
    },
  },
  {
    name: 'a task that has its results ignored',
    pythonToUs: async (place) => {
      // without the header it is the task that says so
      const message = { task: 'peer.quiet', args: [], headers: { ignore_result: undefined } };
      const id = await pushTask(place, 'ours', message);

      await place.worker.waitForLine(new RegExp(`peer.quiet\\[${id}\\] succeeded`), 10_000);
      await expect(pythonsCall(place, 'peer.who', [])).resolves.toBe('ours');
      await expect(stored(place, id)).resolves.toBeUndefined();
    },
    usToPython: async (place) => {
      const { id } = await place.app.sendTask('peer.quiet', [], { queue: 'python' });

      await expect(ourCall(place, 'peer.who', [])).resolves.toBe('python');
      await expect(stored(place, id)).resolves.toBeUndefined();
    },
  },
  {
    name: 'the errors of a task that has its results ignored',
    notes: '`store_errors_even_if_ignored`, `storeErrorsEvenIfIgnored`',
    pythonToUs: async (place) => {
      const options = { queue: 'ours', ignore_result: true };
      const id = await place.python.call('peer.loud', ['heard'], options);
      await pythonSees(place, id, 'FAILURE');

      await expect(told(place, id, 'name', 'result')).resolves.toEqual({
        ...{ name: 'peer.loud', result: "RangeError('heard')" },
      });
    },
    usToPython: async (place) => {
      const sent = await place.app.sendTask('peer.loud', ['heard'], { queue: 'python' });

      await expect(errorOf(sent)).resolves.toMatchObject({
        remote: { type: 'ValueError', args: ['heard'] },
      });
    },
  },
  {
    name: 'state SUCCESS, state FAILURE',
    pythonToUs: async (place) => {
      const { python } = place;
      const good = await python.call('peer.who', [], { queue: 'ours' });
      const bad = await python.call('peer.fail', ['x'], { queue: 'ours' });
      await python.get(good);
      await expect(python.get(bad)).rejects.toThrow('x');

      await expect(told(place, good, 'state', 'result', 'traceback')).resolves.toEqual({
        ...{ state: 'SUCCESS', result: 'ours', traceback: null },
      });
      await expect(told(place, bad, 'state')).resolves.toEqual({ state: 'FAILURE' });
    },
    usToPython: async ({ app }) => {
      const good = await app.sendTask('peer.who', [], { queue: 'python' });
      const bad = await app.sendTask('peer.fail', ['x'], { queue: 'python' });

      await expect(good.get({ timeout: 20 })).resolves.toBe('python');
      await expect(errorOf(bad)).resolves.toBeInstanceOf(Error);
      expect([await good.state(), await bad.state()]).toEqual(['SUCCESS', 'FAILURE']);
      expect(await good.traceback()).toBeNull();
    },
  },
  {
    name: 'result: for how long',
    notes: '`result_expires`, `resultExpires`; here 1234 s on both sides',
    pythonToUs: async (place) => {
      const ttl = await ttlOf(place, await called(place, 'ours', 'peer.who', []));

      expect(ttl).toBeGreaterThan(1_100);
      expect(ttl).toBeLessThanOrEqual(1_234);
    },
    usToPython: async (place) => {
      const ttl = await ttlOf(place, await called(place, 'python', 'peer.who', []));

      expect(ttl).toBeGreaterThan(1_100);
      expect(ttl).toBeLessThanOrEqual(1_234);
    },
  },
  {
    name: 'result: when it was there',
    notes:
      '`date_done`: we write it with `+00:00` as 5.6 does; 5.2 writes UTC without a zone, and we read it so',
    pythonToUs: async (place) => {
      const id = await called(place, 'ours', 'peer.who', []);

      expect(await stored(place, id)).toMatchObject({
        date_done: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+\+00:00$/),
      });
      const age = `(__import__('datetime').datetime.now(__import__('datetime').timezone.utc) - result_of('${id}').date_done)`;
      expect(await place.python.evaluate(`abs(${age}.total_seconds()) < 60`)).toBe(true);
    },
    usToPython: async (place) => {
      const id = await called(place, 'python', 'peer.who', []);

      expect(await stored(place, id)).toMatchObject({
        date_done: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+$/),
      });
      const done = await place.app.asyncResult(id).dateDone();
      expect(Math.abs(Date.now() - Number(done))).toBeLessThan(60_000);
    },
  },
  {
    name: 'result: the document',
    notes: documentNotes,
    pythonToUs: async (place) => {
      const id = await called(place, 'ours', 'peer.flaky', [1]);

      const document = await stored(place, id);
      expect(Object.keys(document ?? {})).toEqual(documentFields);
      expect(document).toMatchObject({
        ...{ status: 'SUCCESS', result: [1, 'ours'], traceback: null, children: [] },
        ...{ parent_id: id, name: 'peer.flaky', args: [1], kwargs: {}, task_id: id },
      });
      await expect(place.python.get(id)).resolves.toEqual([1, 'ours']);
    },
    usToPython: async (place) => {
      const id = await called(place, 'python', 'peer.flaky', [1]);

      const document = await stored(place, id);
      expect(Object.keys(document ?? {})).toEqual(documentFields);
      expect(await place.app.asyncResult(id).extended()).toMatchObject({ args: [1], retries: 1 });
    },
  },
  {
    name: 'result: of a part of a group',
    notes: '`group_id`',
    pythonToUs: async (place) => {
      const options = { group_id: 'their group', queue: 'ours' };
      const id = await place.python.call('peer.who', [], options);
      await place.python.get(id);

      expect(await stored(place, id)).toMatchObject({ group_id: 'their group' });
    },
    usToPython: async (place) => {
      const one = place.app.signature('peer.who', [], { queue: 'python' });
      const sent = await group([one]).applyAsync();
      await sent.get({ timeout: 20 });

      const [part] = sent.results;
      expect(await stored(place, String(part?.id))).toMatchObject({ group_id: sent.id });
    },
  },
  {
    name: 'result: the stamps of its task',
    notes: '`stamped_headers`, and each stamp as a field',
    pythonToUs: async (place) => {
      const headers = { stamped_headers: ['tenant'], stamps: { tenant: 'acme' } };
      const id = await pushTask(place, 'ours', { task: 'peer.who', args: [], headers });
      await place.python.get(id);

      expect(await stored(place, id)).toMatchObject({
        ...{ stamped_headers: ['tenant'], tenant: 'acme' },
      });
    },
    usToPython: { cannot: 'Celery 5.2 knows no stamps' },
  },
  {
    name: 'result: what it sent, and what sent it',
    notes: '`children` and `parent`',
    pythonToUs: async (place) => {
      const id = await called(place, 'ours', 'peer.spawn', ['peer.who', 'python']);
      const child = await place.python.get(id);

      await expect(
        place.python.evaluate(`[each.id for each in result_of('${id}').children]`),
      ).resolves.toEqual([child]);
      await place.python.get(String(child));
      expect(await stored(place, String(child))).toMatchObject({ parent_id: id });
    },
    usToPython: async (place) => {
      const id = await called(place, 'python', 'peer.spawn', ['peer.who', 'ours']);
      const handle = place.app.asyncResult<string>(id);
      const child = await handle.get({ timeout: 20 });

      expect((await handle.children()).map(({ id: each }) => each)).toEqual([child]);
      await place.app.asyncResult(child).get({ timeout: 20 });
      expect(await stored(place, child)).toMatchObject({ parent_id: id });
    },
  },
  {
    name: 'result: forgotten by the other',
    pythonToUs: async (place) => {
      const id = await called(place, 'ours', 'peer.who', []);

      await place.python.evaluate(`result_of('${id}').forget()`);
      await expect(stored(place, id)).resolves.toBeUndefined();
    },
    usToPython: async (place) => {
      const id = await called(place, 'python', 'peer.who', []);

      await place.app.asyncResult(id).forget();
      await expect(stored(place, id)).resolves.toBeUndefined();
    },
  },
  {
    name: 'result: an error that is not thrown',
    notes: '`propagate=False`, `propagate: false`',
    pythonToUs: async ({ python }) => {
      const id = await python.call('peer.fail', ['too far'], { queue: 'ours' });

      await expect(
        python.evaluate(`repr(result_of('${id}').get(timeout=20, propagate=False))`),
      ).resolves.toBe("RangeError('too far')");
    },
    usToPython: async ({ app }) => {
      const sent = await app.sendTask('peer.fail', ['boom'], { queue: 'python' });

      await expect(sent.get({ timeout: 20, propagate: false })).resolves.toMatchObject({
        remote: { type: 'ValueError' },
      });
    },
  },
  {
    name: 'result: extended',
    notes: '`result_extended`: name, args, kwargs, worker, retries, queue',
    pythonToUs: async (place) => {
      const options = { kwargs: { greeting: 'hi' }, queue: 'ours' };
      const id = await place.python.call('peer.greet', ['Ann'], options);
      await place.python.get(id);

      await expect(
        told(place, id, 'name', 'args', 'kwargs', 'worker', 'retries', 'queue'),
      ).resolves.toEqual({
        ...{ name: 'peer.greet', args: ['Ann'], kwargs: { greeting: 'hi' } },
        ...{ worker: 'ours@host', retries: 0, queue: 'ours' },
      });
    },
    usToPython: async (place) => {
      const options = { kwargs: { greeting: 'hi' }, queue: 'python' };
      const sent = await place.app.sendTask('peer.greet', ['Ann'], options);
      await sent.get({ timeout: 20 });

      await expect(sent.extended()).resolves.toMatchObject({
        ...{ name: 'peer.greet', args: ['Ann'], kwargs: { greeting: 'hi' } },
        ...{ worker: expect.stringMatching(/^python@/), retries: 0, queue: 'python' },
      });
    },
  },
  {
    name: 'result: extended, after retries and in the middle of a task',
    pythonToUs: async (place) => {
      const gate = aGate();
      const held = await place.python.call('peer.held', [gate.path], { queue: 'ours' });
      await pythonSees(place, held, 'STARTED');
      expect(await told(place, held, 'name', 'args')).toEqual({
        ...{ name: 'peer.held', args: [gate.path] },
      });
      gate.open();

      const id = await called(place, 'ours', 'peer.flaky', [2]);
      await expect(told(place, id, 'retries', 'queue')).resolves.toEqual({
        ...{ retries: 2, queue: 'ours' },
      });
    },
    usToPython: async (place) => {
      const gate = aGate();
      const held = await place.app.sendTask('peer.held', [gate.path], { queue: 'python' });
      await weSee(held, 'STARTED');
      expect(await held.extended()).toMatchObject({ name: 'peer.held', args: [gate.path] });
      gate.open();

      const id = await called(place, 'python', 'peer.flaky', [2]);
      expect(await place.app.asyncResult(id).extended()).toMatchObject({ retries: 2 });
    },
  },
];
