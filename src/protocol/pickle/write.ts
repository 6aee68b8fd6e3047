import { EncodeError } from '../../errors.ts';
import { isRecord } from '../signature.ts';
import { parseDateTime, parseTime, type TimeFields, toWireTime } from '../time.ts';
import { Decimal, PlainDate, PlainTime, Uuid } from '../values.ts';

/** What becomes a tuple: the body of a message and its arguments, as Celery has them. */
export class PickleTuple {
  readonly items: readonly unknown[];
  constructor(items: readonly unknown[]) {
    this.items = items;
  }
}

/**
 * A plain value as Python's pickle of protocol 4, with the operations that Python would choose; a value that is used
 * twice is written twice.
 */
export function writePickle(value: unknown): Buffer {
  const writer = new PickleWriter();
  writer.write(value);
  const body = writer.bytes();
  // a larger one would have to be cut into frames, and needs none
  if (body.length > maxFrame || body.length < minFrame) return Buffer.concat([head, body]);
  const frame = Buffer.alloc(9);
  frame.writeUInt8(0x95);
  frame.writeBigUInt64LE(BigInt(body.length), 1);
  return Buffer.concat([head, frame, body]);
}

/** An offset from UTC, as Python's timezone. */
class PickleZone {
  readonly seconds: number;
  constructor(seconds: number) {
    this.seconds = seconds;
  }
}

/** A span as Python's timedelta has it. */
class PickleSpan {
  readonly days: number;
  readonly seconds: number;
  constructor(days: number, seconds: number) {
    this.days = days;
    this.seconds = seconds;
  }
}

/** UTF-8 in which half of a surrogate pair stands alone, as Python writes it. */
function utf8With(text: string): Buffer {
  if (!/\p{Surrogate}/u.test(text)) return Buffer.from(text, 'utf8');
  const parts = text.split(/(\p{Surrogate})/u).map((part, index) => {
    if (index % 2 === 0) return Buffer.from(part, 'utf8');
    const code = part.charCodeAt(0);
    return Buffer.from([0xed, 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)]);
  });
  return Buffer.concat(parts);
}

function dayOf(text: string): Buffer {
  const { year = 1, month = 1, day = 1 } = parseDateTime(text) ?? {};
  return Buffer.from([year >> 8, year & 0xff, month, day]);
}

function clockOf(fields: Omit<TimeFields, 'year' | 'month' | 'day'> | undefined): Buffer {
  const { hour = 0, minute = 0, second = 0, microsecond = 0 } = fields ?? {};
  const bytes = Buffer.from([hour, minute, second, 0, 0, 0]);
  bytes.writeUIntBE(microsecond, 3, 3);
  return bytes;
}

const head = Buffer.from([0x80, 4]);
const maxFrame = 64 * 1024;
const minFrame = 4;

/** Python puts no more items than this into one operation. */
const batch = 1000;

class PickleWriter {
  readonly #parts: Buffer[] = [];

  bytes(): Buffer {
    this.#code('.');
    return Buffer.concat(this.#parts);
  }

  write(value: unknown): void {
    if (value === null || value === undefined) this.#code('N');
    else if (typeof value === 'boolean') this.#code(value ? '\x88' : '\x89');
    else if (typeof value === 'number') this.#number(value);
    else if (typeof value === 'bigint') this.#integer(value);
    else if (typeof value === 'string') this.#text(value);
    else if (Array.isArray(value)) this.#list(value);
    else this.#object(value);
  }

  #code(codes: string): void {
    this.#parts.push(Buffer.from(codes, 'latin1'));
  }

  #number(value: number): void {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) this.#integer(BigInt(value));
    else this.#double(value);
  }

  #double(value: number): void {
    const bytes = Buffer.alloc(9);
    bytes.write('G', 'latin1');
    bytes.writeDoubleBE(value, 1);
    this.#parts.push(bytes);
  }

  #integer(value: bigint): void {
    if (value >= 0n && value < 0x100n) this.#sized(['K'], value);
    else if (value >= 0n && value < 0x10000n) this.#sized(['', 'M'], value);
    else if (BigInt.asIntN(32, value) === value) {
      this.#sized(['', '', 'J'], BigInt.asUintN(32, value));
    } else this.#long(value);
  }

  #long(value: bigint): void {
    const magnitude = value < 0n ? -value - 1n : value;
    const size = Math.floor(magnitude.toString(2).length / 8) + 1; // with a bit for the sign
    const hex = BigInt.asUintN(size * 8, value).toString(16);
    this.#sized(['\x8a', '', '\x8b'], BigInt(size));
    this.#parts.push(Buffer.from(hex.padStart(size * 2, '0'), 'hex').reverse());
  }

  /** A number behind the code for its size: of one, two, four, eight bytes. */
  #sized(codes: readonly string[], value: bigint): void {
    const fits = codes.findIndex((code, index) => code && value < 1n << BigInt(8 << index));
    const bytes = Buffer.alloc(1 + (1 << fits));
    bytes.write(codes[fits] ?? '', 'latin1');
    let rest = value;
    for (let at = 1; at < bytes.length; at++, rest >>= 8n) bytes[at] = Number(rest & 0xffn);
    this.#parts.push(bytes);
  }

  #text(text: string): void {
    const bytes = utf8With(text);
    this.#sized(['\x8c', '', 'X', '\x8d'], BigInt(bytes.length));
    this.#parts.push(bytes);
    this.#code('\x94');
  }

  #bytes(bytes: Buffer): void {
    this.#sized(['C', '', 'B', '\x8e'], BigInt(bytes.length));
    this.#parts.push(bytes);
    this.#code('\x94');
  }

  #object(value: unknown): void {
    if (value instanceof PickleTuple) this.#tuple(value.items);
    else if (Buffer.isBuffer(value)) this.#bytes(value);
    else if (value instanceof Date) this.#datetime(value);
    else if (value instanceof PlainDate) this.#call('datetime', 'date', [dayOf(value.text)]);
    else if (value instanceof PlainTime) this.#time(value.text);
    else if (value instanceof Decimal) this.#call('decimal', 'Decimal', [value.text]);
    else if (value instanceof Uuid) this.#uuid(value);
    else if (value instanceof PickleZone) this.#zone(value.seconds);
    else if (value instanceof PickleSpan) {
      this.#call('datetime', 'timedelta', [value.days, value.seconds, 0]);
    } else if (isRecord(value)) this.#dictionary(value);
    else throw new EncodeError('the body', 'it has a value that has no form in pickle');
  }

  #list(items: readonly unknown[]): void {
    this.#code(']\x94');
    for (let start = 0; start < items.length; start += batch) {
      const some = items.slice(start, start + batch);
      if (some.length > 1) this.#code('(');
      for (const item of some) this.write(item);
      this.#code(some.length > 1 ? 'e' : 'a');
    }
  }

  #dictionary(record: object): void {
    this.#code('}\x94');
    const entries = Object.entries(record);
    for (let start = 0; start < entries.length; start += batch) {
      const some = entries.slice(start, start + batch);
      if (some.length > 1) this.#code('(');
      for (const [key, item] of some) {
        this.#text(key);
        this.write(item);
      }
      this.#code(some.length > 1 ? 'u' : 's');
    }
  }

  #tuple(items: readonly unknown[]): void {
    if (items.length > 3) this.#code('(');
    for (const item of items) this.write(item);
    const end = ['\x85', '\x86', '\x87'][items.length - 1] ?? 't';
    this.#code(items.length === 0 ? ')' : `${end}\x94`);
  }

  #name(module: string, name: string): void {
    this.#text(module);
    this.#text(name);
    this.#code('\x93\x94');
  }

  #call(module: string, name: string, args: readonly unknown[]): void {
    this.#name(module, name);
    this.#tuple(args);
    this.#code('R\x94');
  }

  #uuid({ hex }: Uuid): void {
    this.#name('uuid', 'UUID');
    this.#code(')\x81\x94');
    this.write({ int: BigInt(`0x${hex}`) });
    this.#code('b');
  }

  #datetime(date: Date): void {
    const text = toWireTime(date.getTime());
    const fields = parseDateTime(text);
    const state = Buffer.concat([dayOf(text), clockOf(fields)]);
    this.#call('datetime', 'datetime', [state, new PickleZone(0)]);
  }

  #time(text: string): void {
    const fields = parseTime(text);
    const { offsetSeconds } = fields ?? {};
    const zone = offsetSeconds === undefined ? [] : [new PickleZone(offsetSeconds)];
    this.#call('datetime', 'time', [clockOf(fields), ...zone]);
  }

  #zone(seconds: number): void {
    const days = Math.floor(seconds / 86_400);
    const span = new PickleSpan(days, seconds - days * 86_400);
    this.#call('datetime', 'timezone', [span]);
  }
}
