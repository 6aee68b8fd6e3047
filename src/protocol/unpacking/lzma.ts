import { DecodeError } from '../../errors.ts';
import type { Output } from './output.ts';
import { EVEN, type RangeDecoder } from './range-decoder.ts';

const STATES = 12;
const POSITION_STATES = 16;
/** From this state on the last thing was no literal. */
const AFTER_MATCH = 7;

const evenly = (size: number) => new Uint16Array(size).fill(EVEN);

/** How long matches are: 8 short lengths, 8 middle ones, 256 long ones. */
class Lengths {
  readonly #choice = evenly(2);
  readonly #short = evenly(POSITION_STATES * 8);
  readonly #middle = evenly(POSITION_STATES * 8);
  readonly #long = evenly(256);

  reset(): void {
    for (const each of [this.#choice, this.#short, this.#middle, this.#long]) each.fill(EVEN);
  }

  read(range: RangeDecoder, position: number): number {
    if (!range.bit(this.#choice, 0)) return 2 + range.tree(this.#short, 3, position * 8);
    if (!range.bit(this.#choice, 1)) return 10 + range.tree(this.#middle, 3, position * 8);
    return 18 + range.tree(this.#long, 8);
  }
}

/** What LZMA keeps between chunks: what it has learned, and the last distances. */
export class Lzma {
  readonly #range: RangeDecoder;
  readonly #output: Output;
  readonly #isMatch = evenly(STATES * POSITION_STATES);
  readonly #isRepeat = evenly(STATES);
  readonly #isRepeat0 = evenly(STATES);
  readonly #isRepeat0Long = evenly(STATES * POSITION_STATES);
  readonly #isRepeat1 = evenly(STATES);
  readonly #isRepeat2 = evenly(STATES);
  readonly #slots = evenly(4 * 64);
  readonly #special = evenly(128);
  readonly #align = evenly(16);
  readonly #matchLengths = new Lengths();
  readonly #repeatLengths = new Lengths();
  #literals = evenly(0);
  #literalContext = 0;
  #literalPositionMask = 0;
  #positionMask = 0;
  #state = 0;
  /** The last four distances, each less one. */
  #distances: [number, number, number, number] = [0, 0, 0, 0];
  #dictionaryStart = 0;

  constructor(range: RangeDecoder, output: Output) {
    this.#range = range;
    this.#output = output;
  }

  /** Forgets what came before: no match reaches behind this place. */
  resetDictionary(): void {
    this.#dictionaryStart = this.#output.length;
  }

  /** @param properties - lc, lp and pb in one byte; those of before if there is none */
  resetState(properties?: number): void {
    if (properties !== undefined) this.#setProperties(properties);
    for (const each of [this.#isMatch, this.#isRepeat, this.#isRepeat0, this.#isRepeat0Long]) {
      each.fill(EVEN);
    }
    for (const each of [this.#isRepeat1, this.#isRepeat2, this.#slots, this.#special]) {
      each.fill(EVEN);
    }
    for (const each of [this.#align, this.#literals]) each.fill(EVEN);
    this.#matchLengths.reset();
    this.#repeatLengths.reset();
    this.#state = 0;
    this.#distances = [0, 0, 0, 0];
  }

  /** Unpacks so many bytes from where the range decoder is. @throws DecodeError, RangeError */
  unpack(count: number): void {
    const output = this.#output;
    output.reserve(count);
    const end = output.length + count;
    while (output.length < end) {
      const position = (output.length - this.#dictionaryStart) & this.#positionMask;
      const place = this.#state * POSITION_STATES + position;
      if (!this.#range.bit(this.#isMatch, place)) this.#literal();
      else this.#repeat(this.#matchLength(position, place), end);
    }
  }

  #setProperties(properties: number): void {
    const [lc, rest] = [properties % 9, Math.floor(properties / 9)];
    const [lp, pb] = [rest % 5, Math.floor(rest / 5)];
    if (pb > 4 || lc + lp > 4) throw new DecodeError('the properties of the xz are wrong');
    this.#literalContext = lc;
    this.#literalPositionMask = (1 << lp) - 1;
    this.#positionMask = (1 << pb) - 1;
    const size = 0x300 << (lc + lp);
    if (this.#literals.length !== size) this.#literals = evenly(size);
  }

  #literal(): void {
    const { bytes, length } = this.#output;
    const at = length - this.#dictionaryStart;
    const last = at > 0 ? (bytes[length - 1] as number) : 0;
    const lc = this.#literalContext;
    const context = ((at & this.#literalPositionMask) << lc) + (last >> (8 - lc));
    const from = context * 0x300;
    let symbol = 1;
    if (this.#state >= AFTER_MATCH) symbol = this.#literalBesideMatch(from, at);
    while (symbol < 0x100) {
      symbol = (symbol << 1) | this.#range.bit(this.#literals, from + symbol);
    }
    bytes[length] = symbol;
    this.#output.length = length + 1;
    this.#state = this.#state < 4 ? 0 : this.#state - (this.#state < 10 ? 3 : 6);
  }

  /** As long as a byte's bits are those of the byte that a match would bring. */
  #literalBesideMatch(from: number, at: number): number {
    const distance = this.#distances[0];
    if (distance >= at) throw tooFar();
    const { bytes, length } = this.#output;
    let match = bytes[length - distance - 1] as number;
    let symbol = 1;
    while (symbol < 0x100) {
      const expected = (match >> 7) & 1;
      match <<= 1;
      const bit = this.#range.bit(this.#literals, from + ((1 + expected) << 8) + symbol);
      symbol = (symbol << 1) | bit;
      if (bit !== expected) break;
    }
    return symbol;
  }

  /** Sets the distance. @returns the length */
  #matchLength(position: number, place: number): number {
    const range = this.#range;
    const state = this.#state;
    if (!range.bit(this.#isRepeat, state)) {
      const length = this.#matchLengths.read(range, position);
      this.#state = state < AFTER_MATCH ? 7 : 10;
      const [first, second, third] = this.#distances;
      this.#distances = [this.#newDistance(length), first, second, third];
      return length;
    }
    if (!range.bit(this.#isRepeat0, state)) {
      if (!range.bit(this.#isRepeat0Long, place)) {
        this.#state = state < AFTER_MATCH ? 9 : 11;
        return 1;
      }
    } else this.#chooseDistance(state);
    this.#state = state < AFTER_MATCH ? 8 : 11;
    return this.#repeatLengths.read(range, position);
  }

  #chooseDistance(state: number): void {
    const [first, second, third, fourth] = this.#distances;
    if (!this.#range.bit(this.#isRepeat1, state)) {
      this.#distances = [second, first, third, fourth];
    } else if (!this.#range.bit(this.#isRepeat2, state)) {
      this.#distances = [third, first, second, fourth];
    } else this.#distances = [fourth, first, second, third];
  }

  #newDistance(length: number): number {
    const range = this.#range;
    const slot = range.tree(this.#slots, 6, Math.min(length - 2, 3) * 64);
    if (slot < 4) return slot;
    const bits = (slot >> 1) - 1;
    const base = ((2 | (slot & 1)) << bits) >>> 0;
    if (slot < 14) return base + range.reverseTree(this.#special, bits, base - slot);
    const upper = range.direct(bits - 4) * 16;
    return base + upper + range.reverseTree(this.#align, 4);
  }

  #repeat(length: number, end: number): void {
    const output = this.#output;
    const distance = this.#distances[0];
    if (distance >= output.length - this.#dictionaryStart) throw tooFar();
    if (output.length + length > end) throw new DecodeError('a chunk of the xz is too long');
    output.repeat(distance + 1, length);
  }
}

function tooFar(): DecodeError {
  return new DecodeError('the xz repeats what was before its beginning');
}
