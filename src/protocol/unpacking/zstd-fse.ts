import { DecodeError } from '../../errors.ts';
import type { BackwardBits } from './zstd-bits.ts';

/** What each state stands for, and how the next one is found. */
export interface FseTable {
  /** The states are 2 to the power of it. */
  readonly log: number;
  readonly symbols: Uint8Array;
  readonly bits: Uint8Array;
  readonly bases: Uint16Array;
}

/** What a table may be. */
export interface FseLimits {
  readonly maxLog: number;
  readonly maxSymbol: number;
}

/** A table that was read, and where it ends. */
export interface ReadTable {
  readonly table: FseTable;
  readonly end: number;
}

/** Reads how often each symbol occurs. @throws DecodeError */
export function readFseTable(
  bytes: Uint8Array,
  [from, to]: readonly [number, number],
  { maxLog, maxSymbol }: FseLimits,
): ReadTable {
  const bits = new ForwardBits(bytes, from, to);
  const log = bits.read(4) + 5;
  if (log > maxLog) throw wrongTable();
  const counts: number[] = [];
  let remaining = 1 << log;
  while (remaining > 0) {
    const count = readCount(bits, remaining);
    remaining -= Math.abs(count);
    counts.push(count);
    if (count === 0) readZeros(bits, counts);
    if (remaining < 0 || counts.length > maxSymbol + 1) throw wrongTable();
  }
  return { table: fseTable(log, counts), end: bits.end() };
}

/** One count; values that can be written shorter are. */
function readCount(bits: ForwardBits, remaining: number): number {
  const width = 32 - Math.clz32(remaining + 1);
  const low = bits.read(width - 1);
  const short = (1 << width) - 1 - (remaining + 1);
  if (low < short) return low - 1;
  const value = low + (bits.read(1) << (width - 1));
  return (value >= 1 << (width - 1) ? value - short : value) - 1;
}

function readZeros(bits: ForwardBits, counts: number[]): void {
  let more: number;
  do {
    more = bits.read(2);
    for (let nth = 0; nth < more; nth += 1) counts.push(0);
  } while (more === 3);
}

/** @param counts - by symbol; -1 for less than one */
export function fseTable(log: number, counts: readonly number[]): FseTable {
  const size = 1 << log;
  const symbols = new Uint8Array(size);
  const next = Uint16Array.from(counts, Math.abs);
  let high = size;
  counts.forEach((count, symbol) => {
    if (count !== -1) return;
    high -= 1;
    symbols[high] = symbol;
  });
  const stride = (size >> 1) + (size >> 3) + 3;
  let place = 0;
  counts.forEach((count, symbol) => {
    for (let nth = 0; nth < count; nth += 1) {
      symbols[place] = symbol;
      do place = (place + stride) & (size - 1);
      while (place >= high);
    }
  });
  const [bits, bases] = [new Uint8Array(size), new Uint16Array(size)];
  for (let state = 0; state < size; state += 1) {
    const symbol = symbols[state] as number;
    const nth = next[symbol] as number;
    next[symbol] = nth + 1;
    const width = log - (31 - Math.clz32(nth));
    bits[state] = width;
    bases[state] = (nth << width) - size;
  }
  return { log, symbols, bits, bases };
}

/** One symbol, again and again, without a bit. */
export function constantTable(symbol: number): FseTable {
  return {
    log: 0,
    symbols: Uint8Array.of(symbol),
    bits: Uint8Array.of(0),
    bases: Uint16Array.of(0),
  };
}

/** A table and the state that its reader is in. */
export class FseState {
  readonly #table: FseTable;
  #state: number;

  constructor(table: FseTable, bits: BackwardBits) {
    this.#table = table;
    this.#state = bits.read(table.log);
  }

  get symbol(): number {
    return this.#table.symbols[this.#state] as number;
  }

  next(bits: BackwardBits): void {
    const { bases, bits: widths } = this.#table;
    this.#state = (bases[this.#state] as number) + bits.read(widths[this.#state] as number);
  }
}

/** Bits from the lowest of each byte on. */
class ForwardBits {
  readonly #bytes: Uint8Array;
  readonly #to: number;
  readonly #from: number;
  #place = 0;

  constructor(bytes: Uint8Array, from: number, to: number) {
    this.#bytes = bytes;
    this.#from = from;
    this.#to = to;
  }

  read(count: number): number {
    let value = 0;
    for (let nth = 0; nth < count; nth += 1) {
      const at = this.#from + (this.#place >>> 3);
      if (at >= this.#to) throw new DecodeError('the zstd ends too early');
      value |= (((this.#bytes[at] as number) >>> (this.#place & 7)) & 1) << nth;
      this.#place += 1;
    }
    return value;
  }

  /** The next whole byte. */
  end(): number {
    return this.#from + ((this.#place + 7) >>> 3);
  }
}

function wrongTable(): DecodeError {
  return new DecodeError('a table of the zstd is wrong');
}
