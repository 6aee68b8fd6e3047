import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { startPythonClient } from '../../support/python.ts';
import { tempDir } from '../../support/temp.ts';
import { startWorker } from '../../support/worker.ts';
import {
  aGate,
  ourCall,
  pythonsCall,
  seenByPython,
  seenByUs,
  untilBothRan,
  weSee,
} from '../asking.ts';
import { eventually, OURS, type Place } from '../place.ts';
import type { Row } from '../row.ts';

const priorities = [9, 8, 7, 6, 5, 4, 3, 2, 1, 0];
const none = ['none', {}] as const;
const inOrder = ['2', '1', '0', 'none', '5', '4', '3', '8', '7', '6', '9'];

/** In which order a worker with one slot runs what both clients send in turn while it is busy. */
async function orderOf(place: Place, queue: string): Promise<string[]> {
  const file = join(tempDir(), 'order');
  const lines = (): string[] =>
    existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  const gate = aGate();
  const busy = await place.app.sendTask('peer.held', [gate.path], { queue });
  await weSee(busy, 'STARTED');

  const sends = [...priorities.map((priority) => [String(priority), { priority }] as const), none];
  for (const [index, [text, options]] of sends.entries()) {
    const args = [file, text];
    if (index % 2 === 0) await place.app.sendTask('peer.note', args, { ...options, queue });
    else await place.python.call('peer.note', args, { ...options, queue });
  }
  gate.open();
  await eventually('all notes', () => lines().length === sends.length);
  return lines();
}

/** How messages are called, and which is run first. */
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
  {
    name: 'defaults of the function that runs',
    pythonToUs: async (place) => {
      await expect(pythonsCall(place, 'peer.greet', ['Ann'])).resolves.toBe('hello Ann');
      const kwargs = { greeting: 'hi' };
      await expect(pythonsCall(place, 'peer.greet', ['Ann'], { kwargs })).resolves.toBe('hi Ann');
    },
    usToPython: async (place) => {
      await expect(ourCall(place, 'peer.greet', ['Ann'])).resolves.toBe('hello Ann');
      const kwargs = { greeting: 'hi' };
      await expect(ourCall(place, 'peer.greet', ['Ann'], { kwargs })).resolves.toBe('hi Ann');
    },
  },
  {
    name: "property 'priority': 0 to 9",
    pythonToUs: async (place) => {
      for (const priority of priorities) {
        await expect(seenByUs(place, { priority })).resolves.toMatchObject({
          ...{ priority, properties: { priority } },
        });
      }
      await expect(seenByUs(place)).resolves.toMatchObject({ priority: 0 });
    },
    usToPython: async (place) => {
      for (const priority of priorities) {
        await expect(seenByPython(place, { priority })).resolves.toMatchObject({
          ...{ delivery_info: { priority }, properties: { priority } },
        });
      }
      await expect(seenByPython(place)).resolves.toMatchObject({ properties: { priority: 0 } });
    },
  },
  {
    name: 'priorities: the order',
    notes: '0 to 2 first, then 3 to 5, 6 to 8, and 9; what both clients sent in turn',
    pythonToUs: async (place) => {
      const args = ['-c', '1', '-Q', 'ordered', '-n', 'orderly@host'];
      const { url: brokerUrl } = place.redis;
      const worker = await startWorker({ brokerUrl, module: OURS, args });

      await expect(orderOf(place, 'ordered')).resolves.toEqual(inOrder);
      await worker.stop();
    },
    usToPython: async (place) => {
      await expect(orderOf(place, 'python')).resolves.toEqual(inOrder);
    },
  },
  {
    name: 'protocol 1',
    notes: '`task_protocol = 1`; no headers, an object for a body',
    pythonToUs: async ({ redis }) => {
      const urls = { brokerUrl: redis.url, backendUrl: redis.url };
      const python = await startPythonClient({ ...urls, source: 'app.conf.task_protocol = 1' });
      const options = { kwargs: { greeting: 'good day' }, queue: 'ours', countdown: 0.3 };
      const id = await python.call('peer.greet', ['Ann'], options);

      await expect(python.get(id)).resolves.toBe('good day Ann');
      const again = await python.call('peer.flaky', [2], { queue: 'ours' });
      await expect(python.get(again)).resolves.toEqual([2, 'ours']);
      await python.stop();
    },
    usToPython: { cannot: 'we write protocol 2, which Celery reads since version 4' },
  },
];
