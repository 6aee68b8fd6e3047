import { DecodeError } from '../../errors.ts';
import { type HuffmanTable, readHuffman, readHuffmanTable } from './zstd-huffman.ts';

/** The most that one block may be. */
export const BLOCK_MAX = 0x20000;

/** Where something is in the packed bytes. */
export interface Span {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
}

interface Header {
  readonly kind: number;
  readonly size: number;
  readonly packedSize: number;
  readonly streams: 1 | 4;
  readonly end: number;
}

/** Reads the bytes of a block that are not repetitions. It keeps the last table, as blocks may use it again. */
export class LiteralReader {
  #table: HuffmanTable | undefined;
  readonly #room = new Uint8Array(BLOCK_MAX);

  /** A frame begins, which knows of no table. */
  forget(): void {
    this.#table = undefined;
  }

  /** @returns the literals, valid until the next call, and where their section ends */
  read(span: Span): { readonly literals: Uint8Array; readonly end: number } {
    const header = readHeader(span);
    const { kind, size } = header;
    const end = header.end + header.packedSize;
    if (end > span.to || size > BLOCK_MAX) throw wrongLiterals();
    const literals = this.#room.subarray(0, size);
    if (kind === 0) literals.set(span.bytes.subarray(header.end, end));
    else if (kind === 1) literals.fill(span.bytes[header.end] as number);
    else this.#unpack({ bytes: span.bytes, from: header.end, to: end }, header, literals);
    return { literals, end };
  }

  #unpack({ bytes, from, to }: Span, { kind, streams }: Header, literals: Uint8Array): void {
    let at = from;
    if (kind === 2) {
      const read = readHuffmanTable(bytes, from, to);
      this.#table = read.table;
      at = read.end;
    }
    const table = this.#table;
    if (!table) throw wrongLiterals();
    if (streams === 1) readHuffman(table, [bytes, at, to], literals);
    else readFour(table, { bytes, from: at, to }, literals);
  }
}

/** A quarter of the literals each; how long the first three are packed, is told before them. */
function readFour(table: HuffmanTable, { bytes, from: at, to }: Span, literals: Uint8Array): void {
  const part = (literals.length + 3) >> 2;
  if (at + 6 > to || part * 3 > literals.length) throw wrongLiterals();
  let begin = at + 6;
  for (let nth = 0; nth < 4; nth += 1) {
    const jump = at + nth * 2;
    const size = (bytes[jump] as number) | ((bytes[jump + 1] as number) << 8);
    const end = nth === 3 ? to : begin + size;
    if (end > to) throw wrongLiterals();
    const last = nth === 3 ? literals.length : part * (nth + 1);
    readHuffman(table, [bytes, begin, end], literals.subarray(part * nth, last));
    begin = end;
  }
}

function readHeader({ bytes, from, to }: Span): Header {
  const first = from < to ? (bytes[from] as number) : 0;
  const [kind, format] = [first & 3, (first >> 2) & 3];
  const isPacked = kind >= 2;
  const length = (isPacked ? [3, 3, 4, 5] : [1, 2, 1, 3])[format] as number;
  const end = from + length;
  if (end > to) throw wrongLiterals();
  let value = 0;
  for (let at = end - 1; at >= from; at -= 1) value = value * 256 + (bytes[at] as number);
  if (!isPacked) {
    const size = Math.floor(value / (format & 1 ? 16 : 8));
    return { kind, size, packedSize: kind === 0 ? size : 1, streams: 1, end };
  }
  const scale = 2 ** ([10, 10, 14, 18][format] as number);
  const sizes = Math.floor(value / 16);
  return {
    ...{ kind, end, streams: format === 0 ? 1 : 4 },
    size: sizes % scale,
    packedSize: Math.floor(sizes / scale),
  };
}

function wrongLiterals(): DecodeError {
  return new DecodeError('the literals of a zstd block are wrong');
}
