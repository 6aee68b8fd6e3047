import { DecodeError } from '../../errors.ts';
import { BackwardBits } from './zstd-bits.ts';
import { FseState, readFseTable } from './zstd-fse.ts';

const MAX_BITS = 11;
const MAX_WEIGHTS = 255;

/** By the next `width` bits: the symbol, and how many of the bits are its code. */
export interface HuffmanTable {
  readonly width: number;
  readonly symbols: Uint8Array;
  readonly bits: Uint8Array;
}

/** Reads the weights of all symbols but the last. @returns the table, and where its description ends */
export function readHuffmanTable(
  bytes: Uint8Array,
  from: number,
  to: number,
): { readonly table: HuffmanTable; readonly end: number } {
  const head = from < to ? (bytes[from] as number) : 0;
  const isPlain = head >= 128;
  const end = from + 1 + (isPlain ? (head - 126) >> 1 : head);
  if (end > to || end === from + 1) throw wrongTable();
  const weights = isPlain
    ? plainWeights(bytes, from + 1, head - 127)
    : packedWeights(bytes, from + 1, end);
  return { table: huffmanTable(weights), end };
}

function plainWeights(bytes: Uint8Array, from: number, count: number): number[] {
  return Array.from({ length: count }, (_, nth) => {
    const byte = bytes[from + (nth >> 1)] as number;
    return nth & 1 ? byte & 15 : byte >> 4;
  });
}

/** Two states take turns, until there are no more bits. */
function packedWeights(bytes: Uint8Array, from: number, to: number): number[] {
  const { table, end } = readFseTable(bytes, [from, to], { maxLog: 6, maxSymbol: 255 });
  const bits = new BackwardBits(bytes, end, to);
  let state = new FseState(table, bits);
  let other = new FseState(table, bits);
  const weights: number[] = [];
  while (weights.length < MAX_WEIGHTS) {
    weights.push(state.symbol);
    state.next(bits);
    [state, other] = [other, state];
    if (bits.left >= 0) continue;
    weights.push(state.symbol);
    if (weights.length > MAX_WEIGHTS) break;
    return weights;
  }
  throw wrongTable();
}

function huffmanTable(weights: number[]): HuffmanTable {
  let sum = 0;
  for (const weight of weights) {
    if (weight > MAX_BITS) throw wrongTable();
    if (weight > 0) sum += 1 << (weight - 1);
  }
  const width = 32 - Math.clz32(sum);
  const rest = (1 << width) - sum;
  // what is missing is the last symbol's, so it must be one weight
  if (sum === 0 || width > MAX_BITS || (rest & (rest - 1)) !== 0) throw wrongTable();
  weights.push(32 - Math.clz32(rest));
  const symbols = new Uint8Array(1 << width);
  const bits = new Uint8Array(1 << width);
  let place = 0;
  for (let weight = 1; weight <= width; weight += 1) {
    weights.forEach((each, symbol) => {
      if (each !== weight) return;
      const end = place + (1 << (weight - 1));
      symbols.fill(symbol, place, end);
      bits.fill(width + 1 - weight, place, end);
      place = end;
    });
  }
  return { width, symbols, bits };
}

/** Reads as many symbols as there is room for, from exactly the bytes there are. @throws DecodeError */
export function readHuffman(
  table: HuffmanTable,
  [bytes, from, to]: readonly [Uint8Array, number, number],
  target: Uint8Array,
): void {
  const { width, symbols, bits: widths } = table;
  const bits = new BackwardBits(bytes, from, to);
  for (let at = 0; at < target.length && bits.left >= 0; at += 1) {
    const place = bits.peek(width);
    target[at] = symbols[place] as number;
    bits.left -= widths[place] as number;
  }
  if (bits.left !== 0) throw new DecodeError('the literals of a zstd block are wrong');
}

function wrongTable(): DecodeError {
  return new DecodeError('a table of the zstd is wrong');
}
