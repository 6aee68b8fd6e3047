import type { SignatureData } from '../protocol/index.ts';
import type { Kwargs, WireOptions } from './options.ts';

/** What is added to a signature at the moment it is sent. */
export interface Extras {
  /** Put before its own arguments. */
  readonly args: readonly unknown[];
  /** Put over its own. */
  readonly kwargs: Kwargs;
  /** Put over its own. */
  readonly options: WireOptions;
}

/** Nothing to add. */
export const noExtras: Extras = { args: [], kwargs: {}, options: {} };

/**
 * A signature with what is added to it: arguments before its own, keywords and options over its own.
 * An immutable one takes the options only. Options that are null count as not given, and a signature keeps
 * its group and its stamps. Source: `Signature._merge` in Celery's `canvas.py`.
 */
export function merged(signature: SignatureData, extras: Extras): SignatureData {
  if (extras === noExtras) return signature;
  const options = mergedOptions(signature.options, extras.options);
  if (signature.immutable) return { ...signature, options };
  const args = extras.args.length > 0 ? [...extras.args, ...signature.args] : signature.args;
  const kwargs = isEmpty(extras.kwargs)
    ? signature.kwargs
    : { ...signature.kwargs, ...extras.kwargs };
  return { ...signature, args, kwargs, options };
}

/** Options `over` others; see `merged`. What is null on either side is left out. */
export function mergedOptions(own: WireOptions, over: WireOptions): WireOptions {
  const result: Record<string, unknown> = withoutNulls(own);
  if (isEmpty(over)) return result;
  const stamps = stampsOf(own);
  for (const name of Object.keys(over)) {
    const value = over[name];
    if (value === null || value === undefined) continue;
    const isKept = name === 'group_id' || name === 'stamped_headers' || stamps.includes(name);
    if (isKept && result[name] !== undefined) continue;
    result[name] = value;
  }
  return result;
}

/**
 * The same, but what is null is written out too: it takes the place of what was there. Celery hands options to a
 * chord's body so.
 */
export function overlaid(own: WireOptions, over: WireOptions): WireOptions {
  const kept = new Set(['group_id', 'stamped_headers', ...stampsOf(own)]);
  const added = Object.entries(over).filter(
    ([name, value]) => value !== undefined && !(kept.has(name) && own[name] !== undefined),
  );
  return { ...own, ...Object.fromEntries(added) };
}

/** The names of the stamps that a signature has, each an option of its own. */
export function stampsOf(options: WireOptions): readonly string[] {
  const names = options['stamped_headers'];
  return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
}

/** Options with stamps added to their own, which stay as they are. */
export function stamped(own: WireOptions, stamps: WireOptions): WireOptions {
  const names = stampsOf(own);
  const more = stampsOf(stamps).filter((name) => !names.includes(name));
  if (more.length === 0) return own;
  const values = Object.fromEntries(more.map((name) => [name, stamps[name]]));
  return { ...own, ...values, stamped_headers: [...names, ...more] };
}

function withoutNulls(options: WireOptions): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const name of Object.keys(options)) {
    const value = options[name];
    if (value !== null && value !== undefined) result[name] = value;
  }
  return result;
}

function isEmpty(options: object): boolean {
  for (const _ in options) return false;
  return true;
}
