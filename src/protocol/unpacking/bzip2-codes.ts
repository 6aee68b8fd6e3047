import { DecodeError } from '../../errors.ts';
import type { BitReader } from './bzip2-bits.ts';

const MAX_BITS = 20;
/** Codes up to this length are found at once. */
const QUICK_BITS = 9;

/** Canonical codes: those of one length are consecutive numbers. */
export interface HuffmanCode {
  /** By length: the first number that is no code of this length. */
  readonly limits: Int32Array;
  /** By length: what added to a code of it is its place in `symbols`. */
  readonly shifts: Int32Array;
  /** By length, then by number. */
  readonly symbols: Uint16Array;
  /** By the next bits: a symbol times 32, and how long its code is; 0 for a longer code, or none. */
  readonly quick: Uint16Array;
}

/** Reads how long each symbol's code is. @throws DecodeError */
export function huffmanCode(bits: BitReader, symbolCount: number): HuffmanCode {
  const lengths = new Uint8Array(symbolCount);
  let length = bits.read(5);
  for (let symbol = 0; symbol < symbolCount; symbol += 1) {
    while (length >= 1 && length <= MAX_BITS && bits.read(1)) length += bits.read(1) ? -1 : 1;
    if (length < 1 || length > MAX_BITS) throw new DecodeError('a bzip2 code has a wrong length');
    lengths[symbol] = length;
  }
  return codeOf(lengths);
}

function codeOf(lengths: Uint8Array): HuffmanCode {
  const counts = new Int32Array(MAX_BITS + 1);
  for (const length of lengths) counts[length] = (counts[length] as number) + 1;
  const limits = new Int32Array(MAX_BITS + 1);
  const shifts = new Int32Array(MAX_BITS + 1);
  const places = new Int32Array(MAX_BITS + 1);
  let [code, place] = [0, 0];
  for (let length = 1; length <= MAX_BITS; length += 1) {
    shifts[length] = place - code;
    places[length] = place;
    code += counts[length] as number;
    place += counts[length] as number;
    limits[length] = code;
    code <<= 1;
  }
  const symbols = new Uint16Array(lengths.length);
  lengths.forEach((length, symbol) => {
    const at = places[length] as number;
    places[length] = at + 1;
    symbols[at] = symbol;
  });
  return { limits, shifts, symbols, quick: quickTable({ limits, shifts, symbols }) };
}

function quickTable({ limits, shifts, symbols }: Omit<HuffmanCode, 'quick'>): Uint16Array {
  const quick = new Uint16Array(1 << QUICK_BITS);
  let filled = 0;
  for (let length = 1; length <= QUICK_BITS; length += 1) {
    const room = QUICK_BITS - length;
    // a damaged table may have more codes than there can be
    const limit = Math.min(limits[length] as number, 1 << length);
    while (filled >> room < limit) {
      const symbol = symbols[(filled >> room) + (shifts[length] as number)] as number;
      quick.fill(symbol * 32 + length, filled, filled + (1 << room));
      filled += 1 << room;
    }
  }
  return quick;
}

/** @throws DecodeError for bits that are no code */
export function readSymbol(bits: BitReader, code: HuffmanCode): number {
  const found = code.quick[bits.peek(QUICK_BITS)] as number;
  if (found === 0) return readLongSymbol(bits, code);
  bits.read(found & 31);
  return found >> 5;
}

function readLongSymbol(bits: BitReader, { limits, shifts, symbols }: HuffmanCode): number {
  let code = 0;
  for (let length = 1; length <= MAX_BITS; length += 1) {
    code = (code << 1) | bits.read(1);
    if (code < (limits[length] as number)) {
      // too many codes of a length make shorter numbers pass as its own
      const symbol = symbols[code + (shifts[length] as number)];
      if (symbol !== undefined) return symbol;
      break;
    }
  }
  throw new DecodeError('the bzip2 has bits that are no code');
}
