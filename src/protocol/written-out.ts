import { DecodeError } from '../errors.ts';
import { maxDepth, setOwn } from './json-decode.ts';
import { safeInteger } from './safe-integers.ts';

/** How many bytes of content are read if no other limit is given. */
export const DEFAULT_MAX_BYTES = 100_000_000;

/** How a value is looked through whose parts may be used more than once. */
export interface WrittenOutOptions {
  /** What has it, for errors: `the pickle`. */
  readonly what: string;
  /** How many bytes it may be with each part as often as it is used, about. */
  readonly maxBytes?: number | undefined;
  /** What an object of a class becomes: itself, if that is a value here. @throws DecodeError for what has none */
  readonly replace?: (value: object) => unknown;
}

interface Measure {
  readonly value: unknown;
  readonly bytes: number;
  readonly height: number;
}

/**
 * Checks a value of lists and objects that refer to each other, as pickle and yaml can have them: no cycle, and not
 * endless when whoever gets it walks through it. Linear in what there is, however often it is used.
 * @returns the value, changed in place, with integers as JSON has them. @throws DecodeError
 */
export function checkWrittenOut(value: unknown, options: WrittenOutOptions): unknown {
  return new Walk(options).measure(value, 0).value;
}

const SMALL_BYTES = 64;

class Walk {
  readonly #options: WrittenOutOptions;
  readonly #known = new Map<object, Measure>();
  readonly #open = new Set<object>();

  constructor(options: WrittenOutOptions) {
    this.#options = options;
  }

  measure(value: unknown, depth: number): Measure {
    if (typeof value === 'string') return { value, bytes: value.length + 2, height: 0 };
    if (typeof value === 'bigint') {
      return { value: safeInteger(value), bytes: value.toString(16).length, height: 0 };
    }
    if (typeof value !== 'object' || value === null) return { value, bytes: 4, height: 0 };
    const known = this.#known.get(value);
    if (known) return known;
    if (depth > maxDepth) throw this.#tooDeep();
    if (this.#open.has(value))
      throw new DecodeError(`${this.#what} has a value that contains itself`);
    this.#open.add(value);
    const measure = this.#object(value, depth);
    this.#open.delete(value);
    if (measure.height > maxDepth) throw this.#tooDeep();
    this.#checkBytes(measure.bytes);
    // there may be millions of small ones, and they are measured again in no time
    if (measure.height > 1 || measure.bytes > SMALL_BYTES) this.#known.set(value, measure);
    return measure;
  }

  #checkBytes(bytes: number): void {
    const { maxBytes = DEFAULT_MAX_BYTES } = this.#options;
    if (bytes <= maxBytes) return;
    throw new DecodeError(
      `${this.#what} has values that come to more than ${maxBytes} bytes when each is written out as often as it is used`,
    );
  }

  get #what(): string {
    return this.#options.what;
  }

  #tooDeep(): DecodeError {
    return new DecodeError(`${this.#what} is nested more than ${maxDepth} levels deep`);
  }

  #object(value: object, depth: number): Measure {
    if (Array.isArray(value)) return this.#list(value, depth);
    if (Buffer.isBuffer(value)) return { value, bytes: value.length, height: 0 };
    if (Object.getPrototypeOf(value) === Object.prototype) return this.#record(value, depth);
    const replaced = this.#options.replace ? this.#options.replace(value) : value;
    if (replaced === value) return { value, bytes: 40, height: 0 };
    return this.measure(replaced, depth);
  }

  #list(items: unknown[], depth: number): Measure {
    let [bytes, height] = [2, 0];
    for (let index = 0; index < items.length; index++) {
      const item = this.measure(items[index], depth + 1);
      items[index] = item.value;
      bytes += item.bytes;
      this.#checkBytes(bytes); // at once: what is used a million times is not looked at as often
      height = Math.max(height, item.height);
    }
    return { value: items, bytes, height: height + 1 };
  }

  #record(record: object, depth: number): Measure {
    let [bytes, height] = [2, 0];
    for (const [key, old] of Object.entries(record)) {
      const item = this.measure(old, depth + 1);
      if (item.value !== old) setOwn(record as Record<string, unknown>, key, item.value);
      bytes += key.length + item.bytes;
      this.#checkBytes(bytes);
      height = Math.max(height, item.height);
    }
    return { value: record, bytes, height: height + 1 };
  }
}
