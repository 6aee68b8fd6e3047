import { fileURLToPath } from 'node:url';
import { Celery } from 'celeriac';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunningProgram } from '../support/process.ts';
import { storeNames, stores } from '../support/stores.ts';
import { startWorker } from '../support/worker.ts';

const module = fileURLToPath(new URL('../fixtures/handles.ts', import.meta.url));

describe.each(storeNames)('handles on %s', (store) => {
  let worker: RunningProgram;
  let app: Celery;
  const send = <Result = unknown>(name: string, args: readonly unknown[] = []) =>
    app.sendTask<Result>(`handles.${name}`, args);

  beforeAll(async () => {
    const url = await stores[store]();
    worker = await startWorker({ brokerUrl: url, module, args: ['-P', 'threads', '-c', '2'] });
    app = new Celery('handles', { broker: url, backend: url });
  });
  afterAll(async () => {
    await app.close();
    await worker.stop();
  });

  test('inside a task keep groups, revoke and forget, over the connections of the worker', async () => {
    const result = await send('keep');

    await expect(result.get({ timeout: 20 })).resolves.toEqual([[3, 7], true]);
  });

  test('a task that waits for another one is warned of, once, with both names', async () => {
    await (await send('meant', [1])).get({ timeout: 20 });
    await (await send('sum', [[1, 2, 3], false])).get({ timeout: 20 });

    const [warning] = await worker.waitForLine(
      /task 'handles.sum' waits for task 'handles.add'.*$/,
      5_000,
    );
    expect(warning).toContain('disableSyncSubtasks: false');
    const warnings = worker.lines.filter((line) => line.includes('waits for'));
    expect(warnings).toHaveLength(1);
  });

  test('give all that came of a task, whose value is the handle of the next', async () => {
    const root = await send('tree', [2]);

    const seen: unknown[] = [];
    for await (const [handle, value] of root.collect({ timeout: 20 }))
      seen.push([handle.id, value]);

    expect(seen).toHaveLength(5);
    expect(seen.map((each) => (each as unknown[])[1])).toEqual([
      expect.any(Array),
      4,
      expect.any(Array),
      2,
      'leaf',
    ]);
    const graph = await root.buildGraph();
    expect(graph.edges).toHaveLength(4);
    await expect(root.getLeaf()).resolves.toBe('leaf');
  });
});
