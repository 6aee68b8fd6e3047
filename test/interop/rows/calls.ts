import { expect } from 'vitest';
import { eventually, type Place } from '../place.ts';
import type { Row } from '../row.ts';

/** Both clients send until each worker has taken something from the queue that they share. */
async function untilBothHaveRun({ python, app }: Place): Promise<void> {
  const ran = new Set<unknown>();
  await eventually('both workers to have taken a task from one queue', async () => {
    const ours = await app.sendTask('peer.who', [], { queue: 'both' });
    const theirs = await python.call('peer.who', [], { queue: 'both' });
    ran.add(await ours.get({ timeout: 20 })).add(await python.get(theirs));
    return ran.size === 2;
  });
  expect([...ran].toSorted()).toEqual(['ours', 'python']);
}

export const rows: readonly Row[] = [
  {
    name: 'positional arguments',
    pythonToUs: async ({ python }) => {
      const id = await python.call('peer.echo', [1, 'two', [3], null], { queue: 'ours' });

      await expect(python.get(id)).resolves.toEqual([1, 'two', [3], null]);
      await expect(python.state(id)).resolves.toBe('SUCCESS');
    },
    usToPython: async ({ app }) => {
      const result = await app.sendTask('peer.echo', [1, 'two', [3], null], { queue: 'python' });

      await expect(result.get({ timeout: 20 })).resolves.toEqual([1, 'two', [3], null]);
      await expect(result.state()).resolves.toBe('SUCCESS');
    },
    together: untilBothHaveRun,
  },
  {
    name: 'keyword arguments',
    pythonToUs: async ({ python }) => {
      const options = { kwargs: { greeting: 'good day', name: 'Ann' }, queue: 'ours' };
      const id = await python.call('peer.greet', [], options);

      await expect(python.get(id)).resolves.toBe('good day Ann');
    },
    usToPython: async ({ app }) => {
      const options = { kwargs: { greeting: 'good day', name: 'Ann' }, queue: 'python' };
      const result = await app.sendTask('peer.greet', [], options);

      await expect(result.get({ timeout: 20 })).resolves.toBe('good day Ann');
    },
  },
];
