import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AsyncResult, CallOptions } from 'celeriac';
import { tempDir } from '../support/temp.ts';
import { type Envelope, eventually, type Place } from './place.ts';

/** What is known of a message, by name. */
export type Facts = Readonly<Record<string, unknown>>;

/** What our worker's task knows of a message that Python's client sends with these options of `apply_async`. */
export async function seenByUs({ python }: Place, options: Facts = {}): Promise<Facts> {
  const id = await python.call('peer.request', [], { queue: 'ours', ...options });
  return (await python.get(id)) as Facts;
}

/** What a task of Python's worker knows of a message that our client sends with these options. */
export async function seenByPython({ app }: Place, options: CallOptions = {}): Promise<Facts> {
  const result = await app.sendTask('peer.request', [], { queue: 'python', ...options });
  return (await result.get({ timeout: 20 })) as Facts;
}

/** Sends by our client and waits: what the task returned. */
export async function ourCall(
  { app }: Place,
  task: string,
  args: readonly unknown[],
  options: CallOptions = {},
): Promise<unknown> {
  const result = await app.sendTask(task, args, { queue: 'python', ...options });
  return result.get({ timeout: 20 });
}

/** Sends by Python's client and waits: what the task returned. */
export async function pythonsCall(
  { python }: Place,
  task: string,
  args: readonly unknown[],
  options: Facts = {},
): Promise<unknown> {
  return python.get(await python.call(task, args, { queue: 'ours', ...options }));
}

/** What Python's `AsyncResult` says of itself, by the names of its attributes. */
export async function told(
  { python }: Place,
  id: string,
  ...names: readonly string[]
): Promise<Facts> {
  const parts = names.map((name) => `'${name}': result_of('${id}').${name}`);
  return (await python.evaluate(`{${parts.join(', ')}}`)) as Facts;
}

/** The document that a worker has stored for a task, as it is in Redis; undefined if there is none. */
export async function stored({ redis }: Place, id: string): Promise<Facts | undefined> {
  const text = await redis.cli('GET', `celery-task-meta-${id}`);
  return text === '' ? undefined : (JSON.parse(text) as Facts);
}

/** What a task ended with, which is no result. */
export async function errorOf(result: AsyncResult<unknown>): Promise<unknown> {
  return result.get({ timeout: 20, propagate: false });
}

/** A file that a task waits for, and how to put it there. */
export function aGate(): { readonly path: string; open(): void } {
  const path = join(tempDir(), `gate-${randomUUID()}`);
  return { path, open: () => writeFileSync(path, '') };
}

/** Waits until Python's client sees a task in a state. */
export async function pythonSees({ python }: Place, id: string, state: string): Promise<void> {
  await eventually(`Python to see ${state}`, async () => (await python.state(id)) === state);
}

/** Waits until our client sees a task in a state. */
export async function weSee(result: AsyncResult<unknown>, state: string): Promise<void> {
  await eventually(`us to see ${state}`, async () => (await result.state()) === state);
}

/** Puts a message of Python's client into a queue with another task, other arguments and headers more. @returns its id. */
export async function pushTask(
  place: Place,
  queue: string,
  { task, args, headers = {} }: { task: string; args: readonly unknown[]; headers?: Facts },
): Promise<string> {
  const envelope = await place.written((nobody) => place.python.call('any', [], { queue: nobody }));
  const body = Buffer.from(JSON.stringify([args, {}, {}])).toString('base64');
  await place.push(queue, {
    ...{ ...envelope, body, headers: { ...envelope.headers, task, ...headers } },
    properties: { ...envelope.properties, delivery_info: { exchange: '', routing_key: queue } },
  });
  return String(envelope.headers['id']);
}

/** What our worker writes for the next try of a task that Python's client has sent. */
export async function retriedByUs(
  place: Place,
  args: unknown[] | null,
  options: Facts = {},
): Promise<Envelope> {
  return place.written(async (queue) => {
    await place.python.call('peer.again', [queue, args], { queue: 'ours', ...options });
    const isThere = async () => (await place.redis.cli('KEYS', `${queue}*`)) !== '';
    await eventually('the next try', isThere);
  });
}

/** Has both clients send into the queue of both workers, several at once, until each worker has run something. */
export async function untilBothRan(
  what: string,
  { times = 3, send }: { times?: number; send: () => readonly Promise<unknown>[] },
): Promise<void> {
  const ran = new Set<unknown>();
  await eventually(`both workers to have ${what}`, async () => {
    const sends = Array.from({ length: times }, send).flat();
    for (const who of await Promise.all(sends)) ran.add(who);
    return ran.size > 1;
  });
}
