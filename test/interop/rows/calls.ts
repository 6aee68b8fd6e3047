import { expect } from 'vitest';
import { ourCall, pythonsCall, untilBothRan } from '../asking.ts';
import type { Row } from '../row.ts';

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
    together: (place) =>
      untilBothRan('run what either client sent', {
        send: () => [
          pythonsCall(place, 'peer.who', [], { queue: 'both' }),
          ourCall(place, 'peer.who', [], { queue: 'both' }),
        ],
      }),
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
