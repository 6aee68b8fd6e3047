import { ConfigError } from '../errors.ts';
import { isRecord } from '../protocol/index.ts';
import { stampsOf } from './merge.ts';
import { flagOf } from './option-checks.ts';
import { optionNames, reservedHeaders, type WireOptions } from './options.ts';
import { refusal } from './wire-options.ts';

/** Values by name that travel with a task, and with its result where that is extended. */
export type Stamps = Readonly<Record<string, unknown>>;

/** How stamps of one name come together. */
export interface StampOptions {
  /** Values of one name become a list; without it the newest is kept, but for lists, which are joined in any case. */
  readonly append?: boolean | undefined;
}

/**
 * Stamps over others; see `StampOptions`. Objects are merged name by name.
 * Source: `_merge_dictionaries` in Celery's `canvas.py`.
 */
export function mergedStamps(newer: Stamps, older: Stamps, options: StampOptions): Stamps {
  const result: Record<string, unknown> = { ...newer, ...older, ...newer };
  for (const [name, value] of Object.entries(newer)) {
    if (Object.hasOwn(older, name)) result[name] = mergedValue(value, older[name], options);
  }
  return result;
}

function mergedValue(newer: unknown, older: unknown, options: StampOptions): unknown {
  if (isRecord(newer)) return isRecord(older) ? mergedStamps(newer, older, options) : newer;
  if (Array.isArray(newer) && Array.isArray(older)) return [...newer, ...older];
  if (!options.append) return newer;
  const first: readonly unknown[] = Array.isArray(newer) ? newer : newer === null ? [] : [newer];
  return Array.isArray(older) && newer !== null ? [...first, ...older] : [...first, older];
}

/** The stamps that a signature's options hold. */
export function stampsIn(options: WireOptions): Stamps {
  return Object.fromEntries(stampsOf(options).map((name) => [name, options[name]]));
}

/** Options with these for stamps. */
export function withStamps(options: WireOptions, stamps: Stamps): WireOptions {
  const names = Object.keys(stamps);
  return names.length === 0 ? options : { ...options, ...stamps, stamped_headers: names };
}

/** Stamps as somebody gave them, checked. @throws ConfigError for a name that Celery uses itself */
export function checkedStamps(value: unknown): Stamps {
  if (value === undefined || value === null) return {};
  if (!isRecord(value)) throw new ConfigError('stamps must be an object of names and values');
  const { stampedHeaders: only, ...all } = value;
  const chosen = only === undefined ? Object.entries(all) : chosenOf(all, only);
  for (const [name, each] of chosen) {
    if (isTaken(name))
      throw new ConfigError(`a stamp cannot be named '${name}': it is Celery's own`);
    if (each === undefined) throw new ConfigError(`stamp '${name}' has no value`);
    if (typeof each === 'function') {
      throw new ConfigError(
        `stamp '${name}' is a function; a visitor that gives stamps has an 'onSignature'`,
      );
    }
  }
  return Object.fromEntries(chosen);
}

/** How somebody said that stamps come together, checked. @throws ConfigError, NotSupportedError */
export function checkedStampOptions(value: unknown): StampOptions {
  if (value === undefined || value === null) return {};
  if (!isRecord(value)) throw new ConfigError('options of stamp() must be an object');
  const { append, ...others } = value;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw refusal(unknown, { known: ['append'] });
  return append === undefined || append === null ? {} : { append: flagOf('append', append) };
}

function chosenOf(all: Stamps, names: unknown): [string, unknown][] {
  if (!Array.isArray(names)) throw new ConfigError("'stampedHeaders' must be a list of names");
  return names.map((name) => {
    if (typeof name === 'string' && Object.hasOwn(all, name)) return [name, all[name]];
    throw new ConfigError(`'stampedHeaders' names '${String(name)}', which has no value`);
  });
}

/** A stamp stands among a signature's options and, in a result, among its fields. */
function isTaken(name: string): boolean {
  return name === '' || reservedHeaders.has(name) || optionNames.has(name);
}
