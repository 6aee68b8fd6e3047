import { inspect } from 'node:util';
import { redactText, type Seconds } from '../util/index.ts';
import { type UrlRole, urlProblem } from './url.ts';

/** One row of a settings table. */
export interface Setting<Value> {
  readonly default: Value;
  /** A sentence for `--help` and the reference page. */
  readonly help: string;
  /** What is accepted, to follow "must be". */
  readonly expects: string;
  readonly parse: (value: unknown) => Parsed<Value>;
}

/**
 * A usable value, or what is wrong. `problem` is the end of a sentence that begins with the setting's name;
 * without it the sentence is "must be <expects>, got <value>".
 */
export type Parsed<Value> =
  | Readonly<{ ok: true; value: Value }>
  | Readonly<{ ok: false; problem?: string }>;

/** How many seconds a timer of Node can wait; above that it would fire at once. */
export const longestTimer: Seconds = 2_147_483;

/** true or false; nothing else counts as either. */
export function boolean(preset: boolean, help: string): Setting<boolean> {
  return {
    default: preset,
    help,
    expects: 'true or false',
    parse: (value) => (typeof value === 'boolean' ? { ok: true, value } : { ok: false }),
  };
}

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
  };
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
    parse: (value) =>
      typeof value === 'number' && value >= min && value <= max
        ? { ok: true, value }
        : { ok: false },
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
  };
}

/** A name that stands in keys and logs. */
export function name(preset: string, help: string): Setting<string> {
  return {
    default: preset,
    help,
    expects: 'a text that is not empty and has no control characters',
    parse: (value) =>
      typeof value === 'string' && /^\P{Cc}+$/u.test(value) ? { ok: true, value } : { ok: false },
  };
}

/** The URL of a broker. */
export function brokerUrl(preset: string, help: string): Setting<string> {
  return { default: preset, help, expects: 'a URL', parse: (value) => parseUrl(value, 'broker') };
}

/** The URL of a result backend; null switches results off. */
export function backendUrl(preset: string | null, help: string): Setting<string | null> {
  return {
    default: preset,
    help,
    expects: 'a URL or null',
    parse: (value) => (value === null ? { ok: true, value } : parseUrl(value, 'result backend')),
  };
}

function parseUrl(value: unknown, role: UrlRole): Parsed<string> {
  if (typeof value !== 'string') return { ok: false };
  const problem = urlProblem(value, role);
  return problem === undefined ? { ok: true, value } : { ok: false, problem };
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
