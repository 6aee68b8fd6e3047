import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Signature } from 'celeriac';
import type { Place, PlaceOptions } from './place.ts';

/** The tasks of rows about canvas, routing and crashes, on either side. */
export const crossing: PlaceOptions = {
  module: fileURLToPath(new URL('../fixtures/crossing.ts', import.meta.url)),
  python: readFileSync(new URL('../fixtures/crossing.py', import.meta.url), 'utf8'),
};

/** How long to wait for a result. */
export const SOON = { timeout: 20 };

/** A signature of ours for Python's worker. */
export function py(place: Place, name: string, args: readonly unknown[] = [], options = {}) {
  return place.app.signature(`py.${name}`, args, { queue: 'python', ...options });
}

/** A signature of ours for our worker. */
export function ours(place: Place, name: string, args: readonly unknown[] = [], options = {}) {
  return place.app.signature(`ours.${name}`, args, { queue: 'ours', ...options });
}

/** Sends what Python's text comes to. @returns the id of the result */
export async function sent(place: Place, canvas: string, options = ''): Promise<string> {
  return (await place.python.evaluate(`(${canvas}).apply_async(${options}).id`)) as string;
}

/** Waits for a task's result by its id, with our client. */
export function found(place: Place, id: string): Promise<unknown> {
  return place.app.asyncResult(id).get(SOON);
}

/** The id that a signature was given. */
export function idOf(signature: Signature<unknown[], unknown>): string {
  return String(signature.data.options['task_id']);
}
