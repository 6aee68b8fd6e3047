import { DecodeError } from '../errors.ts';
import { unwrapTyped } from './values.ts';

/** Deeper nesting is refused, as Python's reader refuses it. */
export const maxDepth = 1000;

/** An integer with more digits is refused, as Python refuses it: reading it takes more than linear time. */
export const maxDigits = 4300;

/**
 * Reads JSON as Python's Celery writes it: typed values, `NaN` and `Infinity`, integers of any size.
 * A key that occurs twice has its last value; `__proto__` is a key like any other.
 * The table of values is `docs/values.md`.
 * @throws DecodeError saying what is wrong and where.
 */
export function decodeJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // maybe only NaN, and if not, our own reader says better what is wrong
    return new JsonReader(text).read();
  }
  return isFaithful(value, 0) ? value : new JsonReader(text).read();
}

/** Whether JSON.parse lost nothing: no integer was rounded and nothing is a typed value. */
function isFaithful(value: unknown, depth: number): boolean {
  if (typeof value === 'number') {
    // an integer of 309 digits or more became Infinity
    return Number.isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value));
  }
  if (typeof value !== 'object' || value === null) return true;
  if (depth >= maxDepth) return false;
  if (Array.isArray(value)) {
    for (const item of value) {
      if (typeof item !== 'string' && !isFaithful(item, depth + 1)) return false;
    }
    return true;
  }
  if (Object.hasOwn(value, '__type__')) return false;
  // no prototype of ours has enumerable keys, and an own `__proto__` is one of these
  for (const key in value) {
    const item = (value as Record<string, unknown>)[key];
    if (typeof item !== 'string' && !isFaithful(item, depth + 1)) return false;
  }
  return true;
}

const space = /[ \t\n\r]*/y;
const number = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const word = /true|false|null|NaN|-?Infinity/y;
const words: Readonly<Record<string, unknown>> = {
  true: true,
  false: false,
  null: null,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};

/** Reads by hand what JSON.parse cannot, in linear time. */
class JsonReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): unknown {
    this.#skipSpace();
    const value = this.#value(0);
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#unexpected('the end');
    return value;
  }

  #value(depth: number): unknown {
    const first = this.#text[this.#at];
    if (first === '"') return this.#string();
    if (first === '[' || first === '{') {
      if (depth >= maxDepth) {
        throw new DecodeError(`the JSON is nested more than ${maxDepth} levels deep`);
      }
      return first === '[' ? this.#array(depth) : this.#object(depth);
    }
    const literal = this.#match(word);
    if (literal) return words[literal[0]];
    const digits = this.#match(number);
    if (digits) return this.#number(digits);
    throw this.#unexpected('a value');
  }

  #number([text, fraction, exponent]: RegExpExecArray): unknown {
    const value = Number(text);
    if (fraction !== undefined || exponent !== undefined || Number.isSafeInteger(value))
      return value;
    const digits = text.startsWith('-') ? text.length - 1 : text.length;
    if (digits > maxDigits) {
      throw new DecodeError(`the JSON has an integer of ${digits} digits; ${maxDigits} may be`);
    }
    return BigInt(text);
  }

  #string(): string {
    const start = this.#at;
    const end = stringEnd(this.#text, start);
    const token = this.#text.slice(start, end);
    this.#at = end;
    try {
      return JSON.parse(token) as string;
    } catch {
      this.#at = start;
      throw this.#unexpected('a whole string without raw control characters or unknown escapes');
    }
  }

  #array(depth: number): unknown[] {
    const items: unknown[] = [];
    this.#at++;
    this.#skipSpace();
    if (this.#take(']')) return items;
    do {
      this.#skipSpace();
      items.push(this.#value(depth + 1));
      this.#skipSpace();
    } while (this.#take(','));
    if (!this.#take(']')) throw this.#unexpected("',' or ']'");
    return items;
  }

  #object(depth: number): unknown {
    const object: Record<string, unknown> = {};
    this.#at++;
    this.#skipSpace();
    if (this.#take('}')) return object;
    do {
      this.#skipSpace();
      if (this.#text[this.#at] !== '"') throw this.#unexpected('a key in quotes');
      const key = this.#string();
      this.#skipSpace();
      if (!this.#take(':')) throw this.#unexpected("':'");
      this.#skipSpace();
      setOwn(object, key, this.#value(depth + 1));
      this.#skipSpace();
    } while (this.#take(','));
    if (!this.#take('}')) throw this.#unexpected("',' or '}'");
    return unwrapIfTyped(object);
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #skipSpace(): void {
    this.#match(space);
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match) this.#at = pattern.lastIndex;
    return match;
  }

  #unexpected(expected: string): DecodeError {
    const seen = this.#text[this.#at];
    const found = seen === undefined ? 'its end' : JSON.stringify(seen);
    return new DecodeError(
      `not JSON: expected ${expected} at character ${this.#at}, found ${found}`,
    );
  }
}

/** Sets a property of this very name, `__proto__` too. */
export function setOwn(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') {
    object[key] = value;
    return;
  }
  // an assignment would replace the prototype instead
  const descriptor = { value, writable: true, enumerable: true, configurable: true };
  Object.defineProperty(object, key, descriptor);
}

function unwrapIfTyped(object: Record<string, unknown>): unknown {
  if (!Object.hasOwn(object, '__type__') || !Object.hasOwn(object, '__value__')) return object;
  if (Object.keys(object).length !== 2) return object;
  return unwrapTyped(object.__type__, object.__value__);
}

/** Where the string that begins at `start` ends: behind its closing quote, or at the end of the text. */
export function stringEnd(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1);
  while (quote !== -1) {
    let before = quote - 1;
    while (text[before] === '\\') before--;
    if ((quote - before) % 2 === 1) return quote + 1;
    quote = text.indexOf('"', quote + 1);
  }
  return text.length;
}
