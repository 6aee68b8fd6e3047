import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { DecodeError } from '../../errors.ts';
import { crc64 } from './crc64.ts';
import { Lzma } from './lzma.ts';
import { Output } from './output.ts';
import { RangeDecoder } from './range-decoder.ts';

const MAGIC = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]);
const LZMA2 = 0x21;
/** By the kind of check: its bytes. Others than these four are reserved. */
const checkSizes: ReadonlyMap<number, number> = new Map([
  ...([[0, 0], [1, 4], [4, 8], [10, 32]] as const), // biome-ignore format: one line
]);

/** What a block has said of itself, as the index must have it again. */
interface BlockSizes {
  readonly unpadded: number;
  readonly unpacked: number;
}

/**
 * The bytes of an .xz file, of one stream or of several. Only the filter LZMA2 is known, as Python writes no other unless told.
 * @throws RangeError when they would be more than `maxOutputLength`; DecodeError for what is no xz, cut off or damaged
 */
export function unpackXz(
  packed: Buffer,
  { maxOutputLength }: { readonly maxOutputLength: number },
): Buffer {
  const output = new Output(maxOutputLength);
  const unpacker = new Unpacker(packed, output);
  do unpacker.stream();
  while (!unpacker.isAtEnd());
  return output.whole();
}

class Unpacker {
  readonly #packed: Buffer;
  readonly #output: Output;
  readonly #range: RangeDecoder;
  readonly #lzma: Lzma;
  #at = 0;

  constructor(packed: Buffer, output: Output) {
    this.#packed = packed;
    this.#output = output;
    this.#range = new RangeDecoder(packed);
    this.#lzma = new Lzma(this.#range, output);
  }

  isAtEnd(): boolean {
    return this.#at >= this.#packed.length;
  }

  stream(): void {
    if (!this.#take(6).equals(MAGIC)) throw new DecodeError('it is no xz');
    const flags = this.#take(2);
    this.#checkCrc(flags, 'header');
    const checkSize = flags[0] === 0 ? checkSizes.get(flags[1] as number) : undefined;
    if (checkSize === undefined) throw new DecodeError('the xz has flags that are not known');
    const blocks: BlockSizes[] = [];
    while (this.#peek() !== 0) blocks.push(this.#block(checkSize));
    const indexSize = this.#index(blocks);
    this.#footer(flags, indexSize);
    // streams may have zeros between them, four at a time
    while (!this.isAtEnd() && this.#peek() === 0) {
      if (this.#take(4).readUInt32LE() !== 0) throw new DecodeError('the xz is padded wrongly');
    }
  }

  #block(checkSize: number): BlockSizes {
    const start = this.#at;
    const from = this.#output.length;
    const size = this.#blockHeader();
    const begin = this.#at;
    this.#chunks();
    const packedSize = this.#at - begin;
    const unpacked = this.#output.length - from;
    if ((size.packed ?? packedSize) !== packedSize || (size.unpacked ?? unpacked) !== unpacked) {
      throw new DecodeError('a block of the xz has not the size that it says');
    }
    const unpadded = this.#at - start + checkSize;
    this.#padding(packedSize);
    const expected = this.#take(checkSize);
    if (
      !checksum(this.#output.bytes.subarray(from, this.#output.length), checkSize).equals(expected)
    ) {
      throw new DecodeError('the checksum of a block of the xz is wrong');
    }
    return { unpadded, unpacked };
  }

  #blockHeader(): { packed: number | undefined; unpacked: number | undefined } {
    const start = this.#at;
    const end = start + this.#peek() * 4;
    this.#at = end;
    this.#checkCrc(this.#packed.subarray(start, end), 'header of a block');
    const next = this.#at;
    this.#at = start + 1;
    const flags = this.#byte();
    if (flags & 0x3f) throw new DecodeError('the xz has filters that are not known');
    const packed = flags & 0x40 ? this.#number() : undefined;
    const unpacked = flags & 0x80 ? this.#number() : undefined;
    const filter = [this.#number(), this.#number()];
    if (filter[0] !== LZMA2 || filter[1] !== 1 || this.#byte() > 40 || this.#at > end) {
      throw new DecodeError('the xz has filters that are not known');
    }
    this.#at = next;
    return { packed, unpacked };
  }

  /** LZMA2: chunks that are packed or not, until a zero. */
  #chunks(): void {
    let needs = 0xe0; // the first must begin anew
    for (;;) {
      const control = this.#byte();
      if (control === 0) return;
      if (control >= 0x80) {
        if ((control & 0x60) < (needs & 0x60)) throw wrongChunk();
        this.#packedChunk(control);
        needs = 0x80;
      } else {
        if (control > 2 || (control === 2 && needs === 0xe0)) throw wrongChunk();
        if (control === 1) this.#lzma.resetDictionary();
        this.#output.write(this.#take(this.#uint16() + 1));
        if (needs === 0xe0) needs = 0xc0;
      }
    }
  }

  #packedChunk(control: number): void {
    const unpackedSize = ((control & 0x1f) << 16) + this.#uint16() + 1;
    const packedSize = this.#uint16() + 1;
    if (control >= 0xe0) this.#lzma.resetDictionary();
    if (control >= 0xc0) this.#lzma.resetState(this.#byte());
    else if (control >= 0xa0) this.#lzma.resetState();
    const from = this.#at;
    this.#take(packedSize);
    this.#range.start(from, this.#at);
    this.#lzma.unpack(unpackedSize);
    if (!this.#range.isFinished()) throw wrongChunk();
  }

  #index(blocks: readonly BlockSizes[]): number {
    const start = this.#at;
    this.#byte();
    let isRight = this.#number() === blocks.length;
    for (const { unpadded, unpacked } of blocks) {
      isRight &&= this.#number() === unpadded && this.#number() === unpacked;
    }
    if (!isRight) throw new DecodeError('the index of the xz is wrong');
    this.#padding(this.#at - start);
    this.#checkCrc(this.#packed.subarray(start, this.#at), 'index');
    return this.#at - start;
  }

  #footer(flags: Buffer, indexSize: number): void {
    const expected = this.#take(4).readUInt32LE();
    const footer = this.#take(6);
    const isRight =
      crc32(footer) === expected &&
      (footer.readUInt32LE() + 1) * 4 === indexSize &&
      footer.subarray(4).equals(flags) &&
      this.#take(2).toString('latin1') === 'YZ';
    if (!isRight) throw new DecodeError('the end of the xz is wrong');
  }

  #checkCrc(bytes: Buffer, what: string): void {
    if (crc32(bytes) !== this.#take(4).readUInt32LE()) {
      throw new DecodeError(`the checksum of the xz's ${what} is wrong`);
    }
  }

  /** Zeros up to a multiple of four. */
  #padding(size: number): void {
    if (this.#take(-size & 3).some((byte) => byte !== 0)) {
      throw new DecodeError('the xz is padded wrongly');
    }
  }

  /** Seven bits a byte, the lowest first; beyond 2^53 nothing can be. */
  #number(): number {
    let value = 0;
    for (let scale = 1; scale < 2 ** 53; scale *= 128) {
      const byte = this.#byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw new DecodeError('the xz has a number that is too large');
  }

  #uint16(): number {
    return this.#take(2).readUInt16BE();
  }

  #byte(): number {
    return this.#take(1)[0] as number;
  }

  #peek(): number {
    const byte = this.#packed[this.#at];
    if (byte === undefined) throw new DecodeError('the xz ends too early');
    return byte;
  }

  #take(count: number): Buffer {
    const end = this.#at + count;
    if (end > this.#packed.length) throw new DecodeError('the xz ends too early');
    const taken = this.#packed.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}

function checksum(bytes: Buffer, size: number): Buffer {
  if (size === 0) return Buffer.alloc(0);
  if (size === 32) return createHash('sha256').update(bytes).digest();
  if (size === 8) return crc64(bytes);
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(crc32(bytes));
  return sum;
}

function wrongChunk(): DecodeError {
  return new DecodeError('a chunk of the xz is wrong');
}
