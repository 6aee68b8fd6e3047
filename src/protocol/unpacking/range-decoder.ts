import { DecodeError } from '../../errors.ts';

/** A probability in the middle: 11 bits stand for 1. */
export const EVEN = 1_024;

/** Bits that were coded by how likely they were, as LZMA does it. */
export class RangeDecoder {
  readonly #bytes: Uint8Array;
  #at = 0;
  #end = 0;
  #range = 0;
  #code = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Begins with the bytes from one place to another. */
  start(from: number, to: number): void {
    this.#at = from;
    this.#end = to;
    this.#range = 0xffffffff;
    this.#code = 0;
    if (this.#next() !== 0) throw new DecodeError('a chunk of the xz begins wrongly');
    for (let nth = 0; nth < 4; nth += 1) this.#code = ((this.#code << 8) | this.#next()) >>> 0;
  }

  /** Whether all was read, and as it was written. */
  isFinished(): boolean {
    return this.#at === this.#end && this.#code === 0;
  }

  /** The next bit; its probability learns from it. */
  bit(probabilities: Uint16Array, place: number): 0 | 1 {
    const probability = probabilities[place] as number;
    const bound = (this.#range >>> 11) * probability;
    const isZero = this.#code < bound;
    if (isZero) {
      this.#range = bound;
      probabilities[place] = probability + ((2_048 - probability) >> 5);
    } else {
      this.#range -= bound;
      this.#code -= bound;
      probabilities[place] = probability - (probability >> 5);
    }
    if (this.#range < 0x1000000) this.#shift();
    return isZero ? 0 : 1;
  }

  /** Bits of even probability. */
  direct(count: number): number {
    let value = 0;
    for (let nth = 0; nth < count; nth += 1) {
      this.#range >>>= 1;
      const isSet = this.#code >= this.#range;
      if (isSet) this.#code -= this.#range;
      value = (value << 1) | (isSet ? 1 : 0);
      if (this.#range < 0x1000000) this.#shift();
    }
    return value >>> 0;
  }

  /** A number of so many bits, the highest first. */
  tree(probabilities: Uint16Array, bits: number, from = 0): number {
    let node = 1;
    for (let nth = 0; nth < bits; nth += 1) {
      node = (node << 1) | this.bit(probabilities, from + node);
    }
    return node - (1 << bits);
  }

  /** A number of so many bits, the lowest first. */
  reverseTree(probabilities: Uint16Array, bits: number, from = 0): number {
    let [node, value] = [1, 0];
    for (let nth = 0; nth < bits; nth += 1) {
      const bit = this.bit(probabilities, from + node);
      node = (node << 1) | bit;
      value |= bit << nth;
    }
    return value;
  }

  #shift(): void {
    this.#range = (this.#range << 8) >>> 0;
    this.#code = ((this.#code << 8) | this.#next()) >>> 0;
  }

  #next(): number {
    if (this.#at >= this.#end) throw new DecodeError('a chunk of the xz ends too early');
    return this.#bytes[this.#at++] as number;
  }
}
