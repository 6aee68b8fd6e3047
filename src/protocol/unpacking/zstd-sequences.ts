import { DecodeError } from '../../errors.ts';
import type { Output } from './output.ts';
import { BackwardBits } from './zstd-bits.ts';
import { constantTable, FseState, type FseTable, fseTable, readFseTable } from './zstd-fse.ts';
import { BLOCK_MAX, type Span } from './zstd-literals.ts';

const times = (count: number, value: number) => new Array<number>(count).fill(value);

/** Codes of lengths: bits that follow, and the least value. */
function codes(bits: readonly number[], from: number) {
  let base = from;
  const bases = bits.map((width) => {
    base += 1 << width;
    return base - (1 << width);
  });
  return { bits: Uint8Array.from(bits), bases: Uint32Array.from(bases) };
}

const literalCodes = codes(
  [...times(16, 0), 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
  0,
);
const matchCodes = codes(
  [...times(32, 0), 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
  3,
);

/** What a table may be, and which one is meant by none. */
interface Kind {
  readonly maxLog: number;
  readonly maxSymbol: number;
  readonly log: number;
  readonly counts: readonly number[];
}

const literalKind: Kind = {
  ...{ maxLog: 9, maxSymbol: 35, log: 6 },
  counts: [4, 3, ...times(11, 2), 1, 1, 1, ...times(9, 2), 3, 2, ...times(5, 1), ...times(4, -1)],
};
const offsetKind: Kind = {
  ...{ maxLog: 8, maxSymbol: 31, log: 5 },
  counts: [...times(6, 1), 2, 2, 2, ...times(15, 1), ...times(5, -1)],
};
const matchKind: Kind = {
  ...{ maxLog: 9, maxSymbol: 52, log: 6 },
  counts: [1, 4, 3, ...times(6, 2), ...times(37, 1), ...times(7, -1)],
};

/** One of the three tables of sequences; blocks may use the last one again. */
class TableSlot {
  readonly #kind: Kind;
  #preset: FseTable | undefined;
  #last: FseTable | undefined;

  constructor(kind: Kind) {
    this.#kind = kind;
  }

  /** @returns the table, and where what describes it ends */
  read(
    { bytes, from, to }: Span,
    mode: number,
  ): { readonly table: FseTable; readonly end: number } {
    const found = this.#find({ bytes, from, to }, mode);
    this.#last = found.table;
    return found;
  }

  #find({ bytes, from, to }: Span, mode: number) {
    const { log, counts, maxSymbol } = this.#kind;
    if (mode === 0) {
      this.#preset ??= fseTable(log, counts);
      return { table: this.#preset, end: from };
    }
    if (mode === 1) {
      const symbol = from < to ? (bytes[from] as number) : 256;
      if (symbol > maxSymbol) throw wrongSequences();
      return { table: constantTable(symbol), end: from + 1 };
    }
    if (mode === 2) return readFseTable(bytes, [from, to], this.#kind);
    if (!this.#last) throw wrongSequences();
    return { table: this.#last, end: from };
  }
}

/** Writes out a block: some literals, then something that was there before, and so on. */
export class SequenceReader {
  readonly #output: Output;
  /** Where the frame begins in the output: nothing before is repeated. */
  readonly #start: number;
  readonly #literalTables = new TableSlot(literalKind);
  readonly #offsetTables = new TableSlot(offsetKind);
  readonly #matchTables = new TableSlot(matchKind);
  readonly #offsets: [number, number, number] = [1, 4, 8];

  constructor(output: Output) {
    this.#output = output;
    this.#start = output.length;
  }

  /** @throws DecodeError, RangeError */
  write(span: Span, literals: Uint8Array): void {
    const { count, at } = readCount(span);
    let used = 0;
    if (count === 0) {
      if (at !== span.to) throw wrongSequences();
    } else used = this.#sequences({ ...span, from: at }, count, literals);
    this.#output.write(literals.subarray(used));
  }

  /** @returns how many literals were used */
  #sequences(span: Span, count: number, literals: Uint8Array): number {
    const { bits, lengths, offsets, matches } = this.#states(span);
    const blockEnd = this.#output.length + BLOCK_MAX;
    let used = 0;
    for (let nth = 1; nth <= count; nth += 1) {
      const offsetCode = offsets.symbol;
      // more than 24 bits are more than one read gives, and more than there can be
      if (offsetCode > 30) throw wrongSequences();
      const upper = offsetCode > 16 ? bits.read(offsetCode - 16) * 0x10000 : 0;
      const value = 2 ** offsetCode + upper + bits.read(Math.min(offsetCode, 16));
      const matchCode = matches.symbol;
      const match =
        (matchCodes.bases[matchCode] as number) + bits.read(matchCodes.bits[matchCode] as number);
      const code = lengths.symbol;
      const length =
        (literalCodes.bases[code] as number) + bits.read(literalCodes.bits[code] as number);
      if (nth < count) {
        lengths.next(bits);
        matches.next(bits);
        offsets.next(bits);
      }
      if (bits.left < 0 || used + length > literals.length) throw wrongSequences();
      if (this.#output.length + length + match > blockEnd) throw wrongSequences();
      this.#output.write(literals.subarray(used, used + length));
      used += length;
      this.#repeat(this.#offset(value, length === 0), match);
    }
    if (bits.left !== 0) throw wrongSequences();
    return used;
  }

  #states({ bytes, from, to }: Span) {
    const modes = from < to ? (bytes[from] as number) : 3;
    if (modes & 3) throw wrongSequences();
    const literal = this.#literalTables.read({ bytes, from: from + 1, to }, modes >> 6);
    const offset = this.#offsetTables.read({ bytes, from: literal.end, to }, (modes >> 4) & 3);
    const match = this.#matchTables.read({ bytes, from: offset.end, to }, (modes >> 2) & 3);
    const bits = new BackwardBits(bytes, match.end, to);
    const lengths = new FseState(literal.table, bits);
    const offsets = new FseState(offset.table, bits);
    return { bits, lengths, offsets, matches: new FseState(match.table, bits) };
  }

  /** The first three values stand for the last offsets; without literals before it, shifted by one. */
  #offset(value: number, isBare: boolean): number {
    const offsets = this.#offsets;
    const [first, second, third] = offsets;
    const which = value > 3 ? 3 : value - 1 + (isBare ? 1 : 0);
    if (which === 0) return first;
    const offset = value > 3 ? value - 3 : ([first, second, third, first - 1][which] as number);
    if (which > 1) offsets[2] = second;
    offsets[1] = first;
    offsets[0] = offset;
    return offset;
  }

  #repeat(offset: number, count: number): void {
    const output = this.#output;
    if (offset < 1 || offset > output.length - this.#start) {
      throw new DecodeError('the zstd repeats what was before its beginning');
    }
    output.reserve(count);
    output.repeat(offset, count);
  }
}

function readCount({ bytes, from, to }: Span): { readonly count: number; readonly at: number } {
  const [first, second, third] = [bytes[from] ?? 0, bytes[from + 1] ?? 0, bytes[from + 2] ?? 0];
  const size = first < 128 ? 1 : first < 255 ? 2 : 3;
  if (from + size > to) throw wrongSequences();
  const count = [first, ((first - 128) << 8) + second, second + (third << 8) + 0x7f00][size - 1];
  return { count: count as number, at: from + size };
}

function wrongSequences(): DecodeError {
  return new DecodeError('the sequences of a zstd block are wrong');
}
