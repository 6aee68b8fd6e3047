import { DecodeError } from '../../errors.ts';
import { BitReader } from './bzip2-bits.ts';
import { type HuffmanCode, huffmanCode, readSymbol } from './bzip2-codes.ts';
import { Output } from './output.ts';

const BLOCK_MAGIC = 0x314159265359;
const END_MAGIC = 0x177245385090;
/** Symbols 0 and 1 are the digits of a run's length. */
const RUN_B = 1;
/** A code is in use for so many symbols. */
const GROUP_LENGTH = 50;

/** What one block says of itself before its symbols. */
interface BlockHeader {
  /** Where the text begins among the sorted bytes. */
  readonly origin: number;
  /** The bytes that occur, in order. */
  readonly alphabet: Uint8Array;
  readonly codes: readonly HuffmanCode[];
  /** Which code is in use for each group of symbols. */
  readonly selectors: Uint8Array;
}

/**
 * The bytes that were compressed with bzip2, of one stream or of several after each other.
 * @throws RangeError when they would be more than `maxOutputLength`; DecodeError for what is no bzip2, cut off or damaged
 */
export function unpackBzip2(
  packed: Uint8Array,
  { maxOutputLength }: { readonly maxOutputLength: number },
): Buffer {
  const output = new Output(maxOutputLength);
  const bits = new BitReader(packed);
  const unpacker = new Unpacker(bits, output);
  do unpacker.stream();
  while (!bits.isAtEnd());
  return output.whole();
}

class Unpacker {
  readonly #bits: BitReader;
  readonly #output: Output;
  /** Of the largest block so far, as many streams would otherwise each take new memory. */
  #sorted = new Uint32Array(0);
  #blockSize = 0;

  constructor(bits: BitReader, output: Output) {
    this.#bits = bits;
    this.#output = output;
  }

  stream(): void {
    const bits = this.#bits;
    const level = bits.read(24) === 0x425a68 ? bits.read(8) - 0x30 : 0;
    if (level < 1 || level > 9) throw new DecodeError('it is no bzip2');
    this.#blockSize = level * 100_000;
    let whole = 0;
    for (;;) {
      const magic = bits.read(24) * 0x1000000 + bits.read(24);
      const checksum = bits.read32();
      if (magic === END_MAGIC) {
        if (checksum !== whole) throw new DecodeError('the checksum of the bzip2 stream is wrong');
        break;
      }
      if (magic !== BLOCK_MAGIC) throw new DecodeError('the bzip2 has no block where one must be');
      if (this.#block() !== checksum) {
        throw new DecodeError('the checksum of a bzip2 block is wrong');
      }
      whole = (((whole << 1) | (whole >>> 31)) ^ checksum) >>> 0;
    }
    bits.align();
  }

  /** @returns the checksum of what it was unpacked to */
  #block(): number {
    if (this.#bits.read(1)) throw new DecodeError('the bzip2 is of the obsolete kind');
    const header = readHeader(this.#bits);
    const count = this.#readSymbols(header);
    if (header.origin >= count) throw new DecodeError('a bzip2 block begins nowhere');
    linkBytes(this.#sorted, count);
    return this.#writeOut(header.origin, count);
  }

  /** Undoes Huffman's codes, the runs and the moves to the front. @returns how many bytes there are */
  #readSymbols({ alphabet, codes, selectors }: BlockHeader): number {
    const front = alphabet.slice();
    const end = alphabet.length + 1;
    let [count, run, digit] = [0, 0, 1];
    for (let group = 0; group < selectors.length; group += 1) {
      const code = codes[selectors[group] as number] as HuffmanCode;
      for (let nth = 0; nth < GROUP_LENGTH; nth += 1) {
        const symbol = readSymbol(this.#bits, code);
        if (symbol <= RUN_B) {
          run += digit << symbol;
          digit <<= 1;
          // also keeps the digit from becoming none
          if (run > this.#blockSize) throw tooLongBlock();
          continue;
        }
        if (run > 0) {
          count = this.#appendRun(front[0] as number, run, count);
          [run, digit] = [0, 1];
        }
        if (symbol === end) return count;
        const byte = front[symbol - 1] as number;
        front.copyWithin(1, 0, symbol - 1);
        front[0] = byte;
        count = this.#appendRun(byte, 1, count);
      }
    }
    throw new DecodeError('a bzip2 block has no end');
  }

  #appendRun(byte: number, length: number, count: number): number {
    const end = count + length;
    if (end > this.#blockSize) throw tooLongBlock();
    if (end > this.#sorted.length) {
      const larger = new Uint32Array(Math.min(this.#blockSize, Math.max(end, count * 2, 1_024)));
      larger.set(this.#sorted.subarray(0, count));
      this.#sorted = larger;
    }
    if (length === 1) this.#sorted[count] = byte;
    else this.#sorted.fill(byte, count, end);
    return end;
  }

  /** Follows the links; four equal bytes are followed by how many more there are. */
  #writeOut(origin: number, count: number): number {
    const sorted = this.#sorted;
    const output = this.#output;
    const table = checksumTable();
    let link = (sorted[origin] as number) >>> 8;
    let [checksum, last, equal] = [0xffffffff, -1, 0];
    for (let left = count; left > 0; left -= 1) {
      const entry = sorted[link] as number;
      link = entry >>> 8;
      const byte = entry & 0xff;
      if (equal === 4) {
        output.fill(last, byte);
        for (let nth = 0; nth < byte; nth += 1) checksum = step(table, checksum, last);
        [last, equal] = [-1, 0];
        continue;
      }
      equal = byte === last ? equal + 1 : 1;
      last = byte;
      output.reserve(1);
      output.bytes[output.length++] = byte;
      checksum = step(table, checksum, byte);
    }
    return ~checksum >>> 0;
  }
}

/** Puts beside each byte, in the upper 24 bits, where the next one of the text is. */
function linkBytes(sorted: Uint32Array, count: number): void {
  const places = new Uint32Array(257);
  for (let at = 0; at < count; at += 1) {
    const next = (sorted[at] as number) + 1;
    places[next] = (places[next] as number) + 1;
  }
  for (let byte = 1; byte <= 256; byte += 1) {
    places[byte] = (places[byte] as number) + (places[byte - 1] as number);
  }
  for (let at = 0; at < count; at += 1) {
    const byte = (sorted[at] as number) & 0xff;
    const place = places[byte] as number;
    places[byte] = place + 1;
    sorted[place] = ((sorted[place] as number) | (at << 8)) >>> 0;
  }
}

function readHeader(bits: BitReader): BlockHeader {
  const origin = bits.read(24);
  const alphabet = readAlphabet(bits);
  const codeCount = bits.read(3);
  const selectorCount = bits.read(15);
  if (alphabet.length === 0 || codeCount < 2 || codeCount > 6 || selectorCount === 0) {
    throw new DecodeError('the header of a bzip2 block is wrong');
  }
  const selectors = readSelectors(bits, codeCount, selectorCount);
  const codes: HuffmanCode[] = [];
  for (let nth = 0; nth < codeCount; nth += 1) codes.push(huffmanCode(bits, alphabet.length + 2));
  return { origin, alphabet, codes, selectors };
}

function readAlphabet(bits: BitReader): Uint8Array {
  const rows = bits.read(16);
  const bytes: number[] = [];
  for (let row = 0; row < 16; row += 1) {
    if (!(rows & (0x8000 >> row))) continue;
    const columns = bits.read(16);
    for (let column = 0; column < 16; column += 1) {
      if (columns & (0x8000 >> column)) bytes.push(row * 16 + column);
    }
  }
  return Uint8Array.from(bytes);
}

function readSelectors(bits: BitReader, codeCount: number, count: number): Uint8Array {
  const front = Uint8Array.of(0, 1, 2, 3, 4, 5);
  const selectors = new Uint8Array(count);
  for (let nth = 0; nth < count; nth += 1) {
    let place = 0;
    while (bits.read(1)) place += 1;
    if (place >= codeCount) throw new DecodeError('a bzip2 block names a code that it has not');
    const selector = front[place] as number;
    front.copyWithin(1, 0, place);
    front[0] = selector;
    selectors[nth] = selector;
  }
  return selectors;
}

function tooLongBlock(): DecodeError {
  return new DecodeError('a bzip2 block is longer than its stream says');
}

let table: Uint32Array | undefined;

/** CRC-32 with the highest bit first, which Node's own is not. */
function checksumTable(): Uint32Array {
  table ??= Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte << 24;
    for (let bit = 0; bit < 8; bit += 1) value = (value << 1) ^ (value < 0 ? 0x04c11db7 : 0);
    return value;
  });
  return table;
}

function step(checksums: Uint32Array, checksum: number, byte: number): number {
  return (checksum << 8) ^ (checksums[((checksum >>> 24) ^ byte) & 0xff] as number);
}
