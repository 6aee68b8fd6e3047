import { inspect } from 'node:util';
import { longestTimerMs, redactText, type Seconds } from '../util/index.ts';

/** One row of a settings table. */
export interface Setting<Value> {
  readonly default: Value;
  /** A sentence for `--help` and the reference page. */
  readonly help: string;
  /** What is accepted, to follow "must be". */
  readonly expects: string;
  /** What a bare number counts. */
  readonly unit?: string;
  readonly parse: (value: unknown) => Parsed<Value>;
  /**
   * The value that a text from the environment or the command line stands for. It goes through `parse`; a text
   * that stands for none is given back as it is, for `parse` to refuse.
   */
  readonly fromText: (text: string) => unknown;
  /** How `fromText` wants what is no plain word or number, such as 'JSON'. */
  readonly written?: string;
}

/**
 * A usable value, or what is wrong. `problem` is the end of a sentence that begins with the setting's name;
 * without it the sentence is "must be <expects>, got <value>".
 */
export type Parsed<Value> =
  | Readonly<{ ok: true; value: Value }>
  | Readonly<{ ok: false; problem?: string }>;

/** How many seconds a timer of Node can wait; above that it would fire at once. */
export const longestTimer: Seconds = Math.floor(longestTimerMs / 1000);

/** true or false; nothing else counts as either. */
export function boolean(preset: boolean, help: string): Setting<boolean> {
  return {
    default: preset,
    help,
    expects: 'true or false',
    parse: (value) => (typeof value === 'boolean' ? { ok: true, value } : { ok: false }),
    fromText: (text) => truths.get(text.toLowerCase()) ?? text,
  };
}

/** The words that Celery's `strtobool` knows. */
const truths: ReadonlyMap<string, boolean> = new Map([
  ...['true', 'yes', 'on', '1'].map((word) => [word, true] as const),
  ...['false', 'no', 'off', '0'].map((word) => [word, false] as const),
]);

/** A whole number. */
export function integer(
  preset: number,
  { min, max = Number.MAX_SAFE_INTEGER }: { min: number; max?: number },
  help: string,
): Setting<number> {
  const range = max === Number.MAX_SAFE_INTEGER ? `from ${min}` : `from ${min} to ${max}`;
  return {
    default: preset,
    help,
    expects: `a whole number ${range}`,
    parse: (value) =>
      Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max
        ? { ok: true, value: Number(value) }
        : { ok: false },
    fromText: numberIn,
  };
}

function numberIn(text: string): unknown {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : text;
}

/** A span in seconds, fractions included. */
export function seconds(
  preset: Seconds,
  { min, max = Number.MAX_SAFE_INTEGER / 1000 }: { min: Seconds; max?: Seconds },
  help: string,
): Setting<Seconds> {
  const range = max === longestTimer ? `from ${min} to ${max}` : `from ${min}`;
  return {
    default: preset,
    help,
    expects: `seconds ${range}`,
    unit: 'seconds',
    parse: (value) =>
      typeof value === 'number' && value >= min && value <= max
        ? { ok: true, value }
        : { ok: false },
    fromText: numberIn,
  };
}

/** One of a few words. */
export function oneOf<const Word extends string>(
  preset: NoInfer<Word>,
  words: readonly Word[],
  help: string,
): Setting<Word> {
  const quoted = words.map((word) => `'${word}'`);
  return {
    default: preset,
    help,
    expects: `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`,
    parse: (value) => {
      const word = words.find((each) => each === value);
      return word === undefined ? { ok: false } : { ok: true, value: word };
    },
    fromText: asItIs,
  };
}

function asItIs(text: string): unknown {
  return text;
}

/** A name that stands in keys and logs. */
export function name(preset: string, help: string): Setting<string> {
  return {
    default: preset,
    help,
    expects: 'a text that is not empty and has no control characters',
    parse: (value) =>
      typeof value === 'string' && /^\P{Cc}+$/u.test(value) ? { ok: true, value } : { ok: false },
    fromText: asItIs,
  };
}

/** Any text, the empty one too. */
export function text(preset: string, help: string): Setting<string> {
  return {
    default: preset,
    help,
    expects: 'a text',
    parse: (value) => (typeof value === 'string' ? { ok: true, value } : { ok: false }),
    fromText: asItIs,
  };
}

/** A list of texts, none of them empty; as text joined by commas, or JSON where there is none or a comma in one. */
export function names(preset: readonly string[], help: string): Setting<readonly string[]> {
  return {
    default: Object.freeze([...preset]),
    help,
    expects: 'a list of texts that are not empty',
    written: 'joined by commas, or JSON',
    parse: (value) =>
      Array.isArray(value) && value.every((each) => typeof each === 'string' && each !== '')
        ? { ok: true, value: Object.freeze([...value]) }
        : { ok: false },
    fromText: (given) =>
      given.startsWith('[') ? jsonIn(given) : given.split(',').map((each) => each.trim()),
  };
}

/** A plain object of anything. */
export function record(
  preset: Readonly<Record<string, unknown>>,
  help: string,
): Setting<Readonly<Record<string, unknown>>> {
  return {
    default: preset,
    help,
    expects: 'an object',
    written: 'as JSON',
    parse: (value) =>
      isRecord(value) ? { ok: true, value: Object.freeze({ ...value }) } : { ok: false },
    fromText: jsonIn,
  };
}

/** An object with names for keys: no list, no Date, no instance of a class. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** What a text of JSON holds; the text itself if it is none. */
export function jsonIn(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}

/** A kind that takes null, too; null is also the default unless another is named. */
export function optional<Value>(
  kind: Setting<Value>,
  preset: NoInfer<Value> | null = null,
): Setting<Value | null> {
  return {
    ...kind,
    default: preset,
    expects: `${kind.expects}, or null`,
    parse: (value) => (value === null ? { ok: true, value } : kind.parse(value)),
    fromText: (given) => (isNothing(given) ? null : kind.fromText(given)),
  };
}

/** Whether a text stands for null. */
export function isNothing(given: string): boolean {
  return given === 'null' || given === 'none' || given === 'None';
}

/** A kind that also takes true or false, as Celery's switches that may hold details do. */
export function flagOr<Value>(
  kind: Setting<Value>,
  preset: NoInfer<Value> | boolean = false,
): Setting<Value | boolean> {
  return {
    ...kind,
    default: preset,
    expects: `true, false or ${kind.expects}`,
    parse: (value) => (typeof value === 'boolean' ? { ok: true, value } : kind.parse(value)),
    fromText: (given) => {
      const own = kind.fromText(given); // first, as 1 may be a number of the kind's
      return kind.parse(own).ok ? own : (truths.get(given.toLowerCase()) ?? own);
    },
  };
}

/** What no other kind fits. Without a `fromText` of its own it is written as JSON. */
export function custom<Value>(
  row: Omit<Setting<Value>, 'fromText'> & { readonly fromText?: Setting<Value>['fromText'] },
): Setting<Value> {
  return row.fromText === undefined
    ? { written: 'as JSON', ...row, fromText: jsonIn }
    : { ...row, fromText: row.fromText };
}

/** A value in an error: short, passwords hidden, nothing of what an object holds. */
export function shown(value: unknown): string {
  if (typeof value === 'string') {
    const text = redactText(value);
    return inspect(text.length > 60 ? `${text.slice(0, 60)}…` : text);
  }
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  return inspect(value);
}
