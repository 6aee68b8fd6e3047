import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { GroupStore } from '../../src/backends/index.ts';
import type { ResultTuple } from '../../src/protocol/index.ts';

import { chordConformance } from './backend-chords.ts';

import { aResult, ids } from './data.ts';
import { type Gaps, testUnless } from './gaps.ts';
import { Bench, SLACK, type StoreUnderTest } from './harness.ts';

/** From storing a result until those who wait have it. */
const WAIT_DEADLINE_MS = SLACK * 100;

/** What every result backend must do. Each test gets an empty store from `open`. */
export function backendConformance(
  name: string,
  open: () => Promise<StoreUnderTest>,
  gaps: Gaps = {},
): void {
  let bench: Bench | undefined;
  const current = (): Bench => {
    if (!bench) throw new Error('the bench is there in tests only');
    return bench;
  };

  describe(`the ${name} backend`, () => {
    beforeEach(async () => {
      bench = new Bench(await open());
    });
    afterEach(async () => {
      await bench?.close();
    });

    describe('stores', () => storeConformance(current));
    describe('waits', () => waitConformance(current, gaps));
    describe('keeps groups', () => groupConformance(current));
    describe('counts chords', () => chordConformance(current));
  });
}

function storeConformance(bench: () => Bench): void {
  test('an id that was never seen is not found', async () => {
    const backend = await bench().backend();

    expect(await backend.find('unknown')).toBeUndefined();
  });

  test('what is stored is found by other clients', async () => {
    const [one, other] = [await bench().backend(), await bench().backend()];
    const meta = {
      ...aResult({ taskId: 'a', result: { n: [1, 'ä'] } }),
      parentId: 'p',
      groupId: 'g',
    };

    await one.apply([one.write(meta)]);

    expect(await other.find('a')).toEqual(meta);
  });

  test('many results are stored in one call', async () => {
    const backend = await bench().backend();

    await backend.apply(ids(100).map((taskId) => backend.write(aResult({ taskId }))));
    await backend.apply([]);

    const found = await Promise.all(ids(100).map((taskId) => backend.find(taskId)));
    expect(found.map((meta) => meta?.taskId)).toEqual(ids(100));
  });

  test('many results are read at once: what is there, once each', async () => {
    const [one, other] = [await bench().backend(), await bench().backend()];
    const strange = ['"a"', 'ä', '\ud800', 'a\0b'];
    const tasks = [...ids(1_200), ...strange];
    const metas = tasks.map((taskId) => aResult({ taskId, status: 'STARTED' }));
    await one.apply(metas.map((meta) => one.write(meta)));
    await one.forget('m7');

    const found = await other.findMany(['none', ...tasks]);

    expect([...found.keys()].sort()).toEqual(tasks.filter((id) => id !== 'm7').sort());
    expect([...found.values()].every(({ status }) => status === 'STARTED')).toBe(true);
    expect((await other.findMany([])).size).toBe(0);
    expect((await other.findMany(['ä'])).get('ä')).toEqual(await other.find('ä'));
  });

  test('a write is plain data, and has Celery’s key', async () => {
    const backend = await bench().backend({ expiresMs: 5_000 });

    const write = backend.write(aResult({ taskId: 'a' }));

    const key = `${bench().store.places?.backend.keyprefix ?? ''}celery-task-meta-a`;
    expect(write).toMatchObject({ key, ttlMs: 5_000, db: 0 });
    expect(write.document).toMatch(/^\{"status": "SUCCESS", "result": 7, /);
    expect(await backend.find('a')).toBeUndefined();
  });

  test('a later state replaces an earlier one', async () => {
    const backend = await bench().backend();

    for (const status of ['STARTED', 'RETRY', 'FAILURE', 'SUCCESS']) {
      await backend.apply([backend.write(aResult({ taskId: 'a', status }))]);

      expect(await backend.find('a')).toMatchObject({ status });
    }
  });

  test('a stored SUCCESS is never overwritten, within one call neither', async () => {
    const backend = await bench().backend();
    const states = ['SUCCESS', 'FAILURE'].map((status) => aResult({ taskId: 'a', status }));

    await backend.apply(states.map((meta) => backend.write(meta)));
    await backend.apply([backend.write(aResult({ taskId: 'a', status: 'REVOKED' }))]);
    await backend.apply([backend.write(aResult({ taskId: 'a', status: 'SUCCESS', result: 8 }))]);

    expect(await backend.find('a')).toMatchObject({ status: 'SUCCESS', result: 7 });
  });

  test('a forgotten result is not found, and can be stored again', async () => {
    const backend = await bench().backend();
    await backend.apply([backend.write(aResult({ taskId: 'a' }))]);

    await backend.forget('a');
    await backend.forget('unknown');

    expect(await backend.find('a')).toBeUndefined();
    await backend.apply([backend.write(aResult({ taskId: 'a', status: 'FAILURE' }))]);
    expect(await backend.find('a')).toMatchObject({ status: 'FAILURE' });
  });

  test('a result is gone after its time', async () => {
    const backend = await bench().backend({ expiresMs: 1_000 });
    const lasting = await bench().backend({ expiresMs: 0 });
    await backend.apply([backend.write(aResult({ taskId: 'short' }))]);
    await lasting.apply([lasting.write(aResult({ taskId: 'for ever' }))]);

    expect(await backend.find('short')).toMatchObject({ status: 'SUCCESS' });
    await expect
      .poll(() => backend.find('short'), { timeout: SLACK * 1_000, interval: 20 })
      .toBeUndefined();
    expect(await backend.find('for ever')).toMatchObject({ status: 'SUCCESS' });
  });

  test('a state whose time is over makes room for any other', async () => {
    const backend = await bench().backend({ expiresMs: 1_000 });
    await backend.apply([backend.write(aResult({ taskId: 'a' }))]);
    await expect
      .poll(() => backend.find('a'), { timeout: SLACK * 1_000, interval: 20 })
      .toBeUndefined();

    await backend.apply([backend.write(aResult({ taskId: 'a', status: 'FAILURE' }))]);

    expect(await backend.find('a')).toMatchObject({ status: 'FAILURE' });
  });

  test('closing twice is safe', async () => {
    const backend = await bench().backend();

    await Promise.all([backend.close(), backend.close()]);

    await expect(backend.close()).resolves.toBeUndefined();
  });
}

function waitConformance(bench: () => Bench, gaps: Gaps): void {
  const soon = (): AbortSignal => AbortSignal.timeout(WAIT_DEADLINE_MS);

  test('a result that is there already resolves at once', async () => {
    const backend = await bench().backend();
    await backend.apply([backend.write(aResult({ taskId: 'a', status: 'REVOKED' }))]);

    expect(await backend.wait('a', soon())).toMatchObject({ taskId: 'a', status: 'REVOKED' });
  });

  test('a waiter wakes when the final state arrives, not on STARTED', async () => {
    const [worker, client] = [await bench().backend(), await bench().backend()];

    const waiting = client.wait('a', soon());
    await worker.apply([worker.write(aResult({ taskId: 'a', status: 'STARTED' }))]);
    await worker.apply([worker.write(aResult({ taskId: 'a', status: 'FAILURE' }))]);

    expect(await waiting).toMatchObject({ taskId: 'a', status: 'FAILURE' });
  });

  testUnless(gaps.otherProcesses)('a waiter is told by another process', async () => {
    const backend = await bench().backend();
    const worker = await bench().otherProcess();
    const tasks = ids(3);

    for (const taskId of tasks) {
      const waiting = backend.wait(taskId, soon());
      worker.writeLine(`succeed ${taskId}`);

      expect(await waiting).toMatchObject({ taskId, status: 'SUCCESS' });
    }
  });

  test('all who wait for one id are told', async () => {
    const backend = await bench().backend();

    const waiting = [backend.wait('a', soon()), backend.wait('a', soon())];
    await backend.apply([backend.write(aResult({ taskId: 'a' }))]);

    expect(await Promise.all(waiting)).toHaveLength(2);
  });

  test('a thousand waiters get their own results, whatever the ids', async () => {
    const [worker, client] = [await bench().backend(), await bench().backend()];
    const tasks = [...ids(998), 'error', '"{ä}"'];
    const signal = AbortSignal.timeout(4 * WAIT_DEADLINE_MS);

    const waiting = tasks.map((taskId) => client.wait(taskId, signal));
    for (let start = 0; start < tasks.length; start += 100) {
      const batch = tasks.slice(start, start + 100);
      await worker.apply(batch.map((taskId) => worker.write(aResult({ taskId, result: taskId }))));
    }

    const results = await Promise.all(waiting);
    expect(results.map(({ result }) => result)).toEqual(tasks);
  });

  test('waiting rejects with the reason of its signal', async () => {
    const backend = await bench().backend();
    const reason = new Error('enough');
    const controller = new AbortController();

    const waiting = backend.wait('a', controller.signal);
    controller.abort(reason);

    await expect(waiting).rejects.toBe(reason);
    await expect(backend.wait('a', controller.signal)).rejects.toBe(reason);
  });

  test('one who gives up does not end the waiting of others', async () => {
    const backend = await bench().backend();
    const controller = new AbortController();
    const leaving = backend.wait('a', controller.signal);
    const staying = backend.wait('a', soon());
    controller.abort(new Error('enough'));
    await expect(leaving).rejects.toThrow('enough');

    await backend.apply([backend.write(aResult({ taskId: 'a' }))]);

    expect(await staying).toMatchObject({ taskId: 'a' });
  });

  test('who waits for a forgotten result keeps waiting', async () => {
    const backend = await bench().backend();
    const waiting = backend.wait('a', soon());
    await backend.apply([backend.write(aResult({ taskId: 'a', status: 'STARTED' }))]);

    await backend.forget('a');
    await backend.apply([backend.write(aResult({ taskId: 'a' }))]);

    expect(await waiting).toMatchObject({ status: 'SUCCESS' });
  });
}

/** Groups kept under their ids. */
function groupConformance(bench: () => Bench): void {
  const group = (id: string): ResultTuple => [
    [id, [['before "ä"', null], null]],
    [
      [['a', null], null],
      [['inner', [['b', null], null]], [[['c', null], null]]],
    ],
  ];

  test('a group that is kept is found by other clients, as it was', async () => {
    const [one, other] = [await groupsOf(bench()), await groupsOf(bench())];

    await one.save(group('g'));
    await one.save([['empty', null], []]);

    expect(await other.find('g')).toEqual(group('g'));
    expect(await other.find('empty')).toEqual([['empty', null], []]);
    expect(await other.find('a')).toBeUndefined();
  });

  test('a group is a plain write, has Celery’s key, and takes the place of the one before', async () => {
    const backend = await bench().backend({ expiresMs: 5_000 });
    const groups = await groupsOf(bench());
    await groups.save([['g', null], []]);

    const write = backend.groups?.write(group('g'));
    await backend.apply(write ? [write] : []);

    const key = `${bench().store.places?.backend.keyprefix ?? ''}celery-taskset-meta-g`;
    expect(write).toMatchObject({ key, ttlMs: 5_000, db: 0, finality: 'open' });
    expect(write?.document).toMatch(/^\{"result": \[\["g", \[\["before /);
    expect(await groups.find('g')).toEqual(group('g'));
  });

  test('a group is gone once it is deleted, and after its time', async () => {
    const groups = await groupsOf(bench());
    const short = (await bench().backend({ expiresMs: 500 })).groups;
    await groups.save(group('g'));
    await short?.save(group('short'));

    await groups.delete('g');
    await groups.delete('unknown');

    expect(await groups.find('g')).toBeUndefined();
    await expect
      .poll(() => groups.find('short'), { timeout: SLACK * 1_000, interval: 20 })
      .toBeUndefined();
  });

  test('a group and a task of one id do not get in each other’s way', async () => {
    const backend = await bench().backend();
    await backend.apply([backend.write(aResult({ taskId: 'g' }))]);
    await backend.groups?.save(group('g'));

    await backend.forget('g');

    expect(await backend.find('g')).toBeUndefined();
    expect(await backend.groups?.find('g')).toEqual(group('g'));
  });

  test('groups are kept in other serializers than JSON', async () => {
    const format = { serializer: 'pickle', accept: ['pickle'] };
    const backend = await bench().backend({ format });

    await backend.groups?.save(group('g'));

    expect(await backend.groups?.find('g')).toEqual(group('g'));
  });
}

async function groupsOf(bench: Bench): Promise<GroupStore> {
  const { groups, store } = await bench.backend();
  if (!groups) throw new Error(`the backend of ${store.url} keeps no groups`);
  return groups;
}
