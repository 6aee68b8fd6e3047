import { isUtf8 } from 'node:buffer';
import { DecodeError } from '../../errors.ts';

/** Reads bytes one after the other, never behind their end. */
export class Cursor {
  readonly #bytes: Buffer;
  /** How many were read. */
  at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.at;
  }

  /** The next bytes, not copied. @throws DecodeError if there are not so many */
  take(count: number): Buffer {
    if (count > this.left) {
      throw new DecodeError(
        `the pickle ends too early: ${count} bytes from byte ${this.at} are not there`,
      );
    }
    const start = this.at;
    this.at += count;
    return this.#bytes.subarray(start, this.at);
  }

  byte(): number {
    const value = this.#bytes[this.at];
    if (value === undefined) return this.take(1).readUInt8(); // says what is wrong
    this.at += 1;
    return value;
  }

  uint16(): number {
    return this.take(2).readUInt16LE();
  }

  uint32(): number {
    return this.take(4).readUInt32LE();
  }

  int32(): number {
    return this.take(4).readInt32LE();
  }

  /** A length of eight bytes; one that no buffer can have is beyond every end. */
  uint64(): number {
    return Number(this.take(8).readBigUInt64LE());
  }

  double(): number {
    return this.take(8).readDoubleBE();
  }

  /** The text up to the end of the line, a character per byte. */
  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.at);
    if (end === -1) throw new DecodeError(`the pickle ends within the line at byte ${this.at}`);
    const text = this.take(end - this.at).toString('latin1');
    this.at += 1;
    return text;
  }
}

/** Text as Python pickles it: UTF-8 in which half of a surrogate pair may stand alone. */
export function textIn(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at + 2 < bytes.length; at++) {
    const [first = 0, second = 0, third = 0] = bytes.subarray(at, at + 3);
    if (first !== 0xed || second < 0xa0 || second > 0xbf || (third & 0xc0) !== 0x80) continue;
    parts.push(strictText(bytes.subarray(start, at)));
    parts.push(String.fromCharCode(0xd000 | ((second & 0x3f) << 6) | (third & 0x3f)));
    start = at + 3;
    at += 2;
  }
  parts.push(strictText(bytes.subarray(start)));
  return parts.join('');
}

function strictText(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  throw new DecodeError('the pickle has a text that is no UTF-8');
}

/** What Python's `raw-unicode-escape` stands for: `\u` and `\U` alone are escapes, not behind another backslash. */
export function unescaped(line: string): string {
  return line.replace(/\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|\\)/g, (whole, short, long) => {
    const code = Number.parseInt(short ?? long, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

/** As Python refuses to print more, and no sender of numbers needs them. */
const maxIntBytes = 1786;

/** An integer of Python's in two's complement, the lowest byte first. */
export function integerIn(bytes: Buffer): number | bigint {
  if (bytes.length > maxIntBytes) {
    throw new DecodeError(
      `the pickle has an integer of ${bytes.length} bytes; ${maxIntBytes} may be`,
    );
  }
  if (bytes.length === 0) return 0;
  const hex = Buffer.from(bytes).reverse().toString('hex');
  return safe(BigInt.asIntN(bytes.length * 8, BigInt(`0x${hex}`)));
}

/** An integer in digits. */
export function integerOf(digits: string): number | bigint {
  if (!/^-?\d{1,4300}$/.test(digits))
    throw new DecodeError('the pickle has an integer that is none');
  return safe(BigInt(digits));
}

function safe(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
