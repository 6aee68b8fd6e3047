import { DecodeError } from '../../errors.ts';
import { Output } from './output.ts';
import { BLOCK_MAX, LiteralReader } from './zstd-literals.ts';
import { SequenceReader } from './zstd-sequences.ts';

const MAGIC = 0xfd2fb528;
/** The last four bits are anybody's. */
const SKIPPED_MAGIC = 0x184d2a50;

/** What a frame says before its blocks. */
interface FrameHeader {
  /** How many bytes it is unpacked, where it says so. */
  readonly size: number | undefined;
  readonly hasChecksum: boolean;
  readonly end: number;
}

/**
 * The bytes of zstd frames, one or several: for Node before 22.15, which cannot do it itself. There is no window to keep, as all
 * of the output is there. A checksum at the end of a frame is not computed: Python writes none unless told.
 * @throws RangeError when they would be more than `maxOutputLength`; DecodeError for what is no zstd, cut off or damaged
 */
export function unpackZstd(
  packed: Buffer,
  { maxOutputLength }: { readonly maxOutputLength: number },
): Buffer {
  const output = new Output(maxOutputLength);
  const literals = new LiteralReader();
  let at = 0;
  do {
    const magic = at + 8 > packed.length ? 0 : packed.readUInt32LE(at);
    if (magic === MAGIC) at = frame(packed, at + 4, { output, literals });
    else if ((magic & 0xfffffff0) >>> 0 === SKIPPED_MAGIC) {
      at += 8 + packed.readUInt32LE(at + 4);
    } else throw new DecodeError('it is no zstd');
  } while (at < packed.length);
  if (at > packed.length) throw tooShort();
  return output.whole();
}

interface Target {
  readonly output: Output;
  readonly literals: LiteralReader;
}

/** @returns where it ends */
function frame(packed: Buffer, from: number, { output, literals }: Target): number {
  const header = frameHeader(packed, from);
  const { size } = header;
  const start = output.length;
  // before anything is unpacked; how much memory is taken still depends on what comes out
  if (size !== undefined) output.check(size);
  literals.forget();
  const sequences = new SequenceReader(output);
  let at = header.end;
  for (let isLast = false; !isLast; ) {
    if (at + 3 > packed.length) throw tooShort();
    const head = packed.readUIntLE(at, 3);
    isLast = (head & 1) === 1;
    const [kind, length] = [(head >> 1) & 3, head >> 3];
    const end = at + 3 + (kind === 1 ? 1 : length);
    if (length > BLOCK_MAX || kind === 3) throw new DecodeError('a zstd block is wrong');
    if (end > packed.length) throw tooShort();
    if (kind === 0) output.write(packed.subarray(at + 3, end));
    else if (kind === 1) output.fill(packed[at + 3] as number, length);
    else {
      const read = literals.read({ bytes: packed, from: at + 3, to: end });
      sequences.write({ bytes: packed, from: read.end, to: end }, read.literals);
    }
    at = end;
  }
  if (size !== undefined && output.length - start !== size) {
    throw new DecodeError('the zstd has not the size that it says');
  }
  return at + (header.hasChecksum ? 4 : 0);
}

function frameHeader(packed: Buffer, from: number): FrameHeader {
  const flags = packed[from] as number;
  const isSingle = (flags & 0x20) !== 0;
  const idLength = [0, 1, 2, 4][flags & 3] as number;
  const sizeLength = [isSingle ? 1 : 0, 2, 4, 8][flags >> 6] as number;
  const idAt = from + (isSingle ? 1 : 2);
  const sizeAt = idAt + idLength;
  const end = sizeAt + sizeLength;
  if (end > packed.length) throw tooShort();
  if (flags & 8) throw new DecodeError('the zstd has flags that are not known');
  if (idLength > 0 && packed.readUIntLE(idAt, idLength) !== 0) {
    throw new DecodeError('the zstd needs a dictionary');
  }
  return { size: contentSize(packed, sizeAt, sizeLength), hasChecksum: (flags & 4) !== 0, end };
}

function contentSize(packed: Buffer, at: number, length: number): number | undefined {
  if (length === 0) return undefined;
  if (length === 2) return packed.readUInt16LE(at) + 256;
  return length === 8 ? Number(packed.readBigUInt64LE(at)) : packed.readUIntLE(at, length);
}

function tooShort(): DecodeError {
  return new DecodeError('the zstd ends too early');
}
