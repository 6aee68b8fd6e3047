import { expect, test } from 'vitest';
import { PythonError, runPython, startPythonClient, startPythonWorker } from './python.ts';
import { useRedis } from './redis.ts';

const redis = useRedis();

const SOURCE = `
@app.task
def add(x, y=10):
    return x + y

@app.task
def fail():
    raise ValueError("no such position")
`;

test('runPython gives what was printed and rejects with the error of a failure', async () => {
  const printed = await runPython(`import os; print(os.environ['GREETING'])`, {
    env: { GREETING: 'hello' },
  });

  expect(printed).toBe('hello\n');
  await expect(runPython('1 / 0')).rejects.toThrow('ZeroDivisionError');
});

test('a Python client and a Python worker run tasks and canvases over one Redis', async () => {
  const urls = { brokerUrl: redis().url, backendUrl: redis().url };
  await startPythonWorker({ ...urls, source: SOURCE });
  const client = await startPythonClient(urls);

  const sum = await client.get(await client.call('tasks.add', [1, 2]));
  const byName = await client.get(await client.call('tasks.add', [1], { kwargs: { y: 5 } }));
  const chained = await client.apply(`chain(sig('tasks.add', 1), sig('tasks.add', 3))`);
  const grouped = await client.apply(`group(sig('tasks.add', i) for i in range(3))`);
  const failed = await client.call('tasks.fail', [], { task_id: 'a-failure' });

  expect(failed).toBe('a-failure');
  expect({ sum, byName }).toEqual({ sum: 3, byName: 6 });
  expect(await client.get(chained)).toBe(14);
  expect(await client.get(grouped)).toEqual([10, 11, 12]);
  await expect(client.get(failed)).rejects.toThrow(
    new PythonError('ValueError', 'no such position'),
  );
  expect(await client.state(failed)).toBe('FAILURE');
  expect(await client.evaluate(`result_of('${chained}').parent.get()`)).toBe(11);
  await expect(client.get('unknown', { timeout: 0.1 })).rejects.toMatchObject({
    type: 'TimeoutError',
  });
});
