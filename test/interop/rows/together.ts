import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { tempDir } from '../../support/temp.ts';
import { SOON } from '../crossing.ts';
import { eventually, type Place } from '../place.ts';
import type { Row } from '../row.ts';

/** What is sent by each client. */
const COUNT = 150;
const LONG = { timeout: 60 };

/** The tasks of a load, and where they note that they ran. */
interface Load {
  /** Where each of our client's tasks, by its text, has its result. */
  readonly ours: ReadonlyMap<string, string>;
  /** The same of Python's client. */
  readonly python: ReadonlyMap<string, string>;
  /** `<who> <text>` of each run that did not ask for another try. */
  readonly runs: () => readonly string[];
}

let sentLoad: Promise<Load> | undefined;

/** Both clients send into the queue of both workers, once for all cells. */
function load(place: Place): Promise<Load> {
  sentLoad ??= sendLoad(place);
  return sentLoad;
}

async function sendLoad(place: Place): Promise<Load> {
  const path = join(tempDir(), 'runs');
  writeFileSync(path, '');
  const [ours, python] = await Promise.all([
    sendOurs(place, path),
    place.python.evaluate(`send_load('${path}', ${COUNT})`),
  ]);
  return {
    ours: new Map(ours),
    python: new Map(Object.entries(python as Record<string, string>)),
    runs: () => readFileSync(path, 'utf8').split('\n').filter(Boolean),
  };
}

/** Of all priorities; some later, some tried again; `send_load` in `crossing.py` does the same. */
async function sendOurs({ app }: Place, path: string): Promise<[string, string][]> {
  const sending = Array.from({ length: COUNT }, async (_, n): Promise<[string, string]> => {
    const countdown = n % 5 === 1 ? 0.5 + (n % 15) / 10 : undefined;
    const way = { queue: 'both', priority: n % 10, countdown };
    const sent = await app.sendTask('both.flaky', [path, `ours-${n}`, n % 3], way);
    return [`ours-${n}`, sent.id];
  });
  return Promise.all(sending);
}

/** Keys that stay for ever: Kombu's bindings, and what tells of a worker that runs. */
const lasting = /^(_kombu\.binding\..*|celeriac\.(leases|broadcasts|idle\..*|ready\..*))$/;

export const rows: readonly Row[] = [
  {
    name: `${2 * COUNT} tasks of both clients: priorities, ETAs, retries`,
    notes: 'a task that is tried again may be so by the other worker',
    async pythonToUs(place) {
      const { python } = await load(place);
      for (const [text, id] of python) {
        const [, said] = (await place.app.asyncResult(id).get(LONG)) as unknown[];
        expect(said).toBe(text);
      }
    },
    async usToPython(place) {
      const { ours } = await load(place);
      for (const [text, id] of ours) {
        const [, said] = (await place.python.get(id, LONG)) as unknown[];
        expect(said).toBe(text);
      }
    },
    async together(place) {
      const { ours, python, runs } = await load(place);
      const texts = [...ours.keys(), ...python.keys()];
      await eventually('all to be run', () => runs().length >= texts.length);
      const ids = [...ours.values(), ...python.values()];
      await Promise.all(ids.map((id) => place.app.asyncResult(id).get(SOON)));

      const [sides, done] = [runs().map((run) => run.split(' ')[0]), runs().map(textOf)];
      expect(done.toSorted()).toEqual(texts.toSorted());
      expect(new Set(sides)).toEqual(new Set(['ours', 'python']));
      const left = () => place.cli('EXISTS', 'unacked', 'unacked_index', 'celeriac.parked');
      await expect.poll(left, { timeout: 20_000 }).toBe('0');
      expect((await keysForEver(place)).filter((key) => !lasting.test(key))).toEqual([]);
    },
  },
];

function textOf(run: string): string {
  return run.slice(run.indexOf(' ') + 1);
}

async function keysForEver(place: Place): Promise<string[]> {
  const script =
    "local r = {} for _, k in ipairs(redis.call('KEYS', '*')) do if redis.call('TTL', k) < 0 then r[#r + 1] = k end end return r";
  return (await place.cli('EVAL', script, '0')).split('\n').filter(Boolean);
}
