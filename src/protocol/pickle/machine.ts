import { DecodeError } from '../../errors.ts';
import { setOwn } from '../json-decode.ts';
import { Cursor } from './cursor.ts';
import {
  buildKnown,
  fillUuid,
  newKnown,
  PickleCall,
  PickleName,
  PickleSet,
  PickleUuid,
} from './known-classes.ts';

/** A dictionary while it is read: keys become texts, and `__proto__` is one like any other. */
type Dictionary = Record<string, unknown>;

/** An empty one is a byte of a pickle, and takes fifty times that in memory; as text each would be so long, about. */
const OBJECT_BYTES = 10;

/** The stack and the memo of a pickle: what its operations work on. Each takes time and memory for what it names. */
export class Machine {
  readonly cursor: Cursor;
  /** Whether calls of unknown classes are kept as what they are, in place of refused. */
  readonly #keepsCalls: boolean;
  readonly #stack: unknown[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, unknown>();
  /** Where the operation at hand begins. */
  #start = 0;
  /** How many lists, dictionaries and other objects it has, and may have. */
  #objects = 0;
  readonly #maxObjects: number;

  constructor(bytes: Buffer, keepsCalls: boolean, maxBytes: number) {
    this.cursor = new Cursor(bytes);
    this.#keepsCalls = keepsCalls;
    this.#maxObjects = Math.floor(maxBytes / OBJECT_BYTES);
  }

  /** The code of the next operation. */
  next(): number {
    this.#start = this.cursor.at;
    return this.cursor.byte();
  }

  error(reason: string): DecodeError {
    return new DecodeError(`the pickle ${reason}, at byte ${this.#start}`);
  }

  push(value: unknown): void {
    if (typeof value === 'object' && value !== null && ++this.#objects > this.#maxObjects) {
      throw this.error(
        `has more than ${this.#maxObjects} lists and dictionaries, one for each ${OBJECT_BYTES} bytes of 'taskMaxPayload'`,
      );
    }
    this.#stack.push(value);
  }

  pop(): unknown {
    this.#expect(1);
    return this.#stack.pop();
  }

  top(): unknown {
    this.#expect(1);
    return this.#stack.at(-1);
  }

  mark(): void {
    this.#marks.push(this.#stack.length);
  }

  /** What was pushed since the last mark. */
  popMark(): unknown[] {
    const start = this.#marks.pop();
    if (start === undefined) throw this.error('closes what it has not opened');
    return this.#stack.splice(start);
  }

  /** A mark counts as one thing to take away. */
  drop(): void {
    if (this.#marks.at(-1) === this.#stack.length) this.#marks.pop();
    else this.pop();
  }

  popMany(count: number): unknown[] {
    this.#expect(count);
    return this.#stack.splice(this.#stack.length - count);
  }

  #expect(count: number): void {
    if (this.#stack.length - (this.#marks.at(-1) ?? 0) >= count) return;
    throw this.error('takes more than there is');
  }

  memoize(index: number = this.#memo.size): void {
    this.#memo.set(index, this.top());
  }

  recall(index: number): void {
    if (!this.#memo.has(index)) throw this.error(`asks for memo ${index}, which it has not made`);
    this.#stack.push(this.#memo.get(index)); // made before
  }

  append(items: readonly unknown[]): void {
    const list = this.top();
    if (!Array.isArray(list)) throw this.error('appends to what is no list');
    for (const item of items) list.push(item);
  }

  addToSet(items: readonly unknown[]): void {
    const set = this.top();
    if (!(set instanceof PickleSet)) throw this.error('adds to what is no set');
    for (const item of items) set.items.push(item);
  }

  /** @param pairs - keys and values by turns. */
  fill(pairs: readonly unknown[]): void {
    const target = this.top();
    if (!isDictionary(target)) throw this.error('sets items of what is no dictionary');
    if (pairs.length % 2 === 1) throw this.error('has a key without a value');
    for (let at = 0; at < pairs.length; at += 2) {
      setOwn(target, this.#keyOf(pairs[at]), pairs[at + 1]);
    }
  }

  /** The text that JSON makes of a key. */
  #keyOf(key: unknown): string {
    if (typeof key === 'string') return key;
    if (key === null || ['number', 'bigint', 'boolean'].includes(typeof key)) return String(key);
    throw this.error(`has a dictionary with a key that is no text, number, True, False or None`);
  }

  name(module: unknown, name: unknown): void {
    if (typeof module !== 'string' || typeof name !== 'string') {
      throw this.error('names a class by what is no text');
    }
    this.push(new PickleName(module, name, this.#start));
  }

  call(): void {
    this.#build(buildKnown, 'calls what is no class');
  }

  make(): void {
    this.#build(newKnown, 'makes an instance of what is no class');
  }

  #build(known: typeof buildKnown, problem: string): void {
    const args = this.pop();
    const target = this.pop();
    if (!(target instanceof PickleName) || !Array.isArray(args)) throw this.error(problem);
    this.push(known(target, args) ?? this.#unknown(target, args));
  }

  #unknown(target: PickleName, args: readonly unknown[]): PickleCall {
    if (!this.#keepsCalls) throw refusal(target);
    return new PickleCall(target, args);
  }

  /** What an error has beside its arguments does not matter here. */
  setState(): void {
    const state = this.pop();
    const target = this.top();
    if (target instanceof PickleCall) return;
    if (target instanceof PickleUuid && fillUuid(target, state)) return;
    throw this.error('gives a state to what has none');
  }
}

/** Why a pickle is not read that names a class. */
export function refusal({ text, at }: PickleName): DecodeError {
  return new DecodeError(
    `the pickle names ${text} at byte ${at}, and only plain values are read: no object is built`,
  );
}

function isDictionary(value: unknown): value is Dictionary {
  return (
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  );
}
