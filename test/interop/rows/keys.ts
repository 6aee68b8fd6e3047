import { expect } from 'vitest';
import { SOON } from '../crossing.ts';
import type { Place } from '../place.ts';
import type { Row } from '../row.ts';

/** Has a task of each side run by the other one. @returns the id */
async function fromPython(place: Place, options = {}): Promise<string> {
  const id = await place.python.call('ours.add', [1, 2], { queue: 'ours', ...options });
  await expect(place.python.get(id)).resolves.toBe(3);
  return id;
}

async function fromUs(place: Place, options = {}): Promise<string> {
  const result = await place.app.sendTask('py.add', [1, 2], { queue: 'python', ...options });
  await expect(result.get(SOON)).resolves.toBe(3);
  return result.id;
}

/** All keys of the broker's server begin with the prefix. */
async function expectPrefix(place: Place): Promise<void> {
  const keys = (await place.cli('KEYS', '*')).split('\n').filter(Boolean);
  expect(keys.length).toBeGreaterThan(0);
  expect(keys.filter((key) => !key.startsWith('app:'))).toEqual([]);
}

/** Where a message of that priority is put, with steps 0 and 5 and `:` between. */
async function expectList(
  place: Place,
  send: (queue: string, priority: number) => Promise<unknown>,
): Promise<void> {
  for (const [priority, list] of [
    ...([
      [0, 'app:nobody'],
      [4, 'app:nobody'],
    ] as const),
    ...([
      [5, 'app:nobody:5'],
      [9, 'app:nobody:5'],
    ] as const),
  ]) {
    await send('nobody', priority);
    expect(await place.cli('LLEN', list)).toBe('1');
    await place.cli('DEL', list);
  }
}

export const rows: readonly Row[] = [
  {
    name: 'prefix of keys, `global_keyprefix`',
    notes: 'of messages, claims and bindings',
    async pythonToUs(place) {
      await fromPython(place);
      await expectPrefix(place);
    },
    async usToPython(place) {
      await fromUs(place);
      await expectPrefix(place);
    },
  },
  {
    name: 'prefix of results, `global_keyprefix` of the result backend',
    notes: 'with the `_` that Celery puts behind it since 5.3',
    async pythonToUs(place) {
      const key = `res_celery-task-meta-${await fromPython(place)}`;
      expect(await place.python.evaluate(`app.backend.client.exists('${key}')`)).toBe(1);
    },
    async usToPython(place) {
      const key = `res_celery-task-meta-${await fromUs(place)}`;
      expect(await place.python.evaluate(`app.backend.client.exists('${key}')`)).toBe(1);
    },
  },
  {
    name: 'results on another server than the messages',
    async pythonToUs(place) {
      const id = await fromPython(place);
      expect(await place.cli('KEYS', `*${id}*`)).toBe('');
    },
    async usToPython(place) {
      const id = await fromUs(place);
      expect(await place.cli('KEYS', `*${id}*`)).toBe('');
    },
  },
  {
    name: 'separator and `priority_steps`',
    notes: 'steps 0 and 5, `:` as the separator, on both sides',
    async pythonToUs(place) {
      await expectList(place, (queue, priority) => {
        return place.python.call('any', [], { queue, priority });
      });
      await fromPython(place, { priority: 7 });
    },
    async usToPython(place) {
      await expectList(place, (queue, priority) => {
        return place.app.sendTask('any', [], { queue, priority });
      });
      await fromUs(place, { priority: 7 });
    },
  },
  {
    name: '`unacked_key` and `unacked_index_key`',
    notes: 'where claims are kept; the sweep of either side looks there',
    async pythonToUs(place) {
      const id = await place.python.call('ours.add', [1, 2], { queue: 'ours', countdown: 3600 });
      await expectClaim(place, id);
    },
    async usToPython(place) {
      const way = { queue: 'python', countdown: 3600 };
      const { id } = await place.app.sendTask('py.add', [1, 2], way);
      await expectClaim(place, id);
    },
  },
];

/** The claim of a task that waits for its time, and nothing under the usual names. */
async function expectClaim(place: Place, id: string): Promise<void> {
  await expect
    .poll(() => place.cli('HVALS', 'app:claims'), { timeout: 20_000 })
    .toContain(`"id": "${id}"`);
  expect(await place.cli('ZCARD', 'app:claims.index')).toBe(await place.cli('HLEN', 'app:claims'));
  expect(await place.cli('EXISTS', 'app:unacked', 'app:unacked_index')).toBe('0');
}
