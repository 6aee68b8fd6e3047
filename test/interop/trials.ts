import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '../support/temp.ts';
import { until } from '../support/waits.ts';
import type { Place } from './place.ts';
import { type AnyHandle, built, pythonText, type Shape } from './shapes.ts';

/** A canvas that is sent, with an errback on the whole of it. Its tasks have ids and queues. */
export interface Trial {
  readonly shape: Shape;
  /** Of its tasks, in their order. */
  readonly ids: readonly string[];
}

/** What a client finds in the end. */
export interface Told {
  /** By the order of the tasks: the state, and the value or the error's type; PENDING for one that nobody has heard of. */
  readonly states: readonly string[];
  /** What `get` of the whole comes to at once. */
  readonly whole: Whole;
  /** The tasks that the errback was called for, by their order; once for each call. */
  readonly called: readonly number[];
}

/** What a handle gives, or that it still waits. */
export interface Whole {
  readonly value?: unknown;
  readonly error?: string;
  readonly message?: string;
  readonly waits?: true;
  /** Why Celery 5.2 cannot send it, before it has sent anything. */
  readonly refused?: string;
}

/** Who sends, and where the errbacks are run. */
export interface Sending {
  readonly client: 'us' | 'python';
  readonly errbacks: 'ours' | 'py';
}

const LONG_MS = 120_000;

/** Sends all of them at once, waits until nothing is left to run, and looks. */
export async function tried(
  place: Place,
  trials: readonly Trial[],
  { client, errbacks }: Sending,
): Promise<readonly Told[]> {
  if (trials.length === 0) return [];
  const path = join(tempDir(), `called-${randomUUID()}`);
  const queue = { ours: 'ours', py: 'python' }[errbacks];
  const sent = trials.map(({ shape }, at) => {
    return { shape, errback: { task: `${errbacks}.noted`, args: [path, at], options: { queue } } };
  });
  const whole = await (client === 'us' ? sentByUs(place, sent) : sentByPython(place, sent));
  const metas = await whenQuiet(
    place,
    trials.flatMap(({ ids }) => ids),
  );
  const wholes = await whole();
  const calls = callsIn(path);
  return trials.map(({ ids }, at) => ({
    states: ids.map((id) => metas.get(id) ?? 'PENDING'),
    whole: wholes[at] ?? { waits: true },
    called: (calls.get(at) ?? []).map((id) => ids.indexOf(id)),
  }));
}

interface Sent {
  readonly shape: Shape;
  readonly errback: Shape;
}

type Wholes = () => Promise<readonly Whole[]>;

async function sentByPython({ python }: Place, trials: readonly Sent[]): Promise<Wholes> {
  const key = JSON.stringify(randomUUID());
  await python.evaluate(`send_trials(${key}, ${pythonText(trials)})`);
  return async () => (await python.evaluate(`endings(${key})`)) as Whole[];
}

async function sentByUs({ app }: Place, trials: readonly Sent[]): Promise<Wholes> {
  const handles = await Promise.all(
    trials.map(({ shape, errback }) => built(app, shape).onError(built(app, errback)).applyAsync()),
  );
  return () => Promise.all(handles.map(endingOf));
}

async function endingOf(handle: AnyHandle): Promise<Whole> {
  const timeout = (await handle.ready()) ? 20 : 0.2;
  try {
    return { value: await handle.get({ timeout }) };
  } catch (error) {
    const { name, message, remote } = error as Error & { remote?: { type: string } };
    return name === 'ResultTimeoutError'
      ? { waits: true }
      : { error: remote?.type ?? name, message };
  }
}

function callsIn(path: string): ReadonlyMap<number, readonly string[]> {
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
  const calls = new Map<number, string[]>();
  for (const line of lines) {
    const [trial, id = ''] = line.split(' ');
    calls.set(Number(trial), [...(calls.get(Number(trial)) ?? []), id]);
  }
  return calls;
}

/**
 * Waits until no worker has anything to do. Python's worker is asked between two looks, as its messages are gone before they
 * are run: what it ran at the first one is done at the second, or has changed what is to be seen.
 * @returns the states of tasks that have any
 */
async function whenQuiet(
  place: Place,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  let before: string | undefined;
  const look = async () => {
    const left = await place.cli('EVAL', leftToDo, '0');
    const stored = await place.cli('MGET', 'none', ...ids.map((id) => `celery-task-meta-${id}`));
    const isQuiet = left === '0' && before === stored;
    before = stored;
    if (isQuiet) return stored;
    const asked = await place.app.sendTask('py.add', [0, 0], { queue: 'python' });
    await asked.get({ timeout: 60 });
    return undefined;
  };
  const stored = await until(look, { deadlineMs: LONG_MS, what: 'all tasks to have run' });
  const texts = stored.split('\n');
  const states = new Map<string, string>();
  for (const [at, id] of ids.entries()) {
    const text = texts[at + 1];
    if (text) states.set(id, stateIn(text));
  }
  return states;
}

const leftToDo = `
local left = redis.call('HLEN', 'unacked') + redis.call('HLEN', 'celeriac.chords')
for _, queue in ipairs({'ours', 'python', 'both'}) do left = left + redis.call('LLEN', queue) end
return left`;

function stateIn(text: string): string {
  const { status, result } = JSON.parse(text) as { status: string; result: unknown };
  const error = result as { exc_type?: string } | null;
  return `${status} ${error?.exc_type ?? JSON.stringify(result)}`;
}
