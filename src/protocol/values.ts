import { isUtf8 } from 'node:buffer';
import { DecodeError } from '../errors.ts';
import { parseDateTime, parseTime, parseWireTime } from './time.ts';

/**
 * The form in JSON of values that it has no form for. "Typed" is what Celery since 5.3 writes, "plain" what 5.2 does;
 * both are read. A typed value is an object of exactly the keys `__type__` and `__value__`. Which value becomes what, and
 * what is refused, is the table in `docs/values.md`, made from `test/interop/values`.
 */
export type JsonTypes = 'typed' | 'plain';

/** Marks our value classes across copies of this module; holds the name of the wire type. */
export const wireType: unique symbol = Symbol.for('celeriac.wireType');

/** The types a JSON object with `__type__` may have that are classes of ours. */
export type WireValue = Decimal | Uuid | PlainDate | PlainTime;

/** A decimal number that keeps its digits: Python's `Decimal`. Compute with a library of your choice. */
export class Decimal {
  readonly text: string;
  /** @throws DecodeError if the text is no decimal number. */
  constructor(text: string) {
    if (!/^[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?|s?nan\d*)$/i.test(text)) {
      throw new DecodeError(`'${excerpt(text)}' is no decimal number`);
    }
    this.text = text;
    Object.freeze(this);
  }
  get [wireType](): 'decimal' {
    return 'decimal';
  }
  toString(): string {
    return this.text;
  }
  toJSON(): string {
    return this.text;
  }
}

/** A UUID, so that Python gets its `UUID` and not a string. */
export class Uuid {
  /** Lower case, with dashes. */
  readonly text: string;
  /** @throws DecodeError unless the text has 32 hex digits, with or without dashes, braces, `urn:uuid:`. */
  constructor(text: string) {
    const hex = text.replace(/urn:|uuid:|[{}-]/g, '').toLowerCase();
    if (!/^[0-9a-f]{32}$/.test(hex)) throw new DecodeError(`'${excerpt(text)}' is no UUID`);
    this.text = hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    Object.freeze(this);
  }
  get [wireType](): 'uuid' {
    return 'uuid';
  }
  /** The digits without dashes. */
  get hex(): string {
    return this.text.replaceAll('-', '');
  }
  toString(): string {
    return this.text;
  }
  toJSON(): string {
    return this.text;
  }
}

/** A day of the calendar without a time: Python's `date`. */
export class PlainDate {
  /** `2024-01-02`. */
  readonly text: string;
  /** @param text - a date; a time behind it is dropped. @throws DecodeError if it is none. */
  constructor(text: string) {
    const fields = parseDateTime(text);
    if (!fields) throw new DecodeError(`'${excerpt(text)}' is no date such as 2024-01-02`);
    this.text = `${digits(fields.year, 4)}-${digits(fields.month)}-${digits(fields.day)}`;
    Object.freeze(this);
  }
  get [wireType](): 'date' {
    return 'date';
  }
  toString(): string {
    return this.text;
  }
  toJSON(): string {
    return this.text;
  }
}

/** A time of day, with an offset or without: Python's `time`. */
export class PlainTime {
  /** `03:04:05`, `03:04:05.000678+02:00`. */
  readonly text: string;
  /** @throws DecodeError if the text is no time of day. */
  constructor(text: string) {
    const fields = parseTime(text);
    if (!fields) throw new DecodeError(`'${excerpt(text)}' is no time of day such as 03:04:05`);
    const { hour, minute, second, microsecond, offsetSeconds } = fields;
    const fraction = microsecond === 0 ? '' : `.${digits(microsecond, 6)}`;
    const offset = offsetSeconds === undefined ? '' : offsetText(offsetSeconds);
    this.text = `${digits(hour)}:${digits(minute)}:${digits(second)}${fraction}${offset}`;
    Object.freeze(this);
  }
  get [wireType](): 'time' {
    return 'time';
  }
  toString(): string {
    return this.text;
  }
  toJSON(): string {
    return this.text;
  }
}

function digits(value: number, width = 2): string {
  return String(value).padStart(width, '0');
}

function offsetText(offsetSeconds: number): string {
  const total = Math.abs(offsetSeconds);
  const seconds = total % 60 === 0 ? '' : `:${digits(total % 60)}`;
  const hours = digits(Math.floor(total / 3600));
  return `${offsetSeconds < 0 ? '-' : '+'}${hours}:${digits(Math.floor(total / 60) % 60)}${seconds}`;
}

/** The start of a text, for an error message. */
export function excerpt(text: string, length = 40): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

/** What was found where something else should be, for an error: anybody's objects have no text that is safe to ask for. */
export function shown(value: unknown): string {
  return typeof value === 'string' ? `'${excerpt(value)}'` : typeof value;
}

/** The `__type__` and the text in `__value__` for bytes. */
export function typedBytes(bytes: Uint8Array): readonly ['bytes' | 'base64', string] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return isUtf8(buffer)
    ? ['bytes', buffer.toString('utf8')]
    : ['base64', buffer.toString('base64')];
}

/** The value that a typed JSON object stands for. @throws DecodeError naming the type and what is wrong. */
export function unwrapTyped(type: unknown, value: unknown): unknown {
  switch (type) {
    case 'datetime': {
      const ms = parseWireTime(value);
      if (ms === undefined) throw wrongValue(type, value);
      return new Date(ms);
    }
    case 'date':
      return new PlainDate(textOf(type, value));
    case 'time':
      return new PlainTime(textOf(type, value));
    case 'decimal':
      return new Decimal(
        typeof value === 'number' || typeof value === 'bigint'
          ? String(value)
          : textOf(type, value),
      );
    case 'uuid':
      return uuidFrom(value);
    case 'bytes':
      return bytesFrom(textOf(type, value));
    case 'base64':
      return base64From(textOf(type, value));
    default:
      throw new DecodeError(
        `${shown(type)} is no known '__type__'; known are datetime, date, time, decimal, uuid, bytes, base64`,
      );
  }
}

function textOf(type: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw wrongValue(type, value);
}

function wrongValue(type: string, value: unknown): DecodeError {
  return new DecodeError(`'__value__' of a typed ${type} cannot be ${shown(value)}`);
}

function uuidFrom(value: unknown): Uuid {
  if (typeof value !== 'object' || value === null) throw wrongValue('uuid', value);
  const { hex, version, ...rest } = value as Record<string, unknown>;
  if (typeof hex !== 'string' || Object.keys(rest).length > 0) throw wrongValue('uuid', value);
  const uuid = new Uuid(hex);
  if (version === undefined || version === null) return uuid;
  if (typeof version !== 'number' || !(version >= 1 && version <= 5)) {
    throw wrongValue('uuid', value);
  }
  // a version given beside the digits overrules theirs, and sets the RFC 4122 variant with it
  const variant = ((Number.parseInt(uuid.hex.charAt(16), 16) & 3) | 8).toString(16);
  const head = `${uuid.hex.slice(0, 12)}${version}${uuid.hex.slice(13, 16)}`;
  return new Uuid(`${head}${variant}${uuid.hex.slice(17)}`);
}

function bytesFrom(text: string): Buffer {
  if (/\p{Surrogate}/u.test(text)) {
    throw new DecodeError("'__value__' of typed bytes has half a surrogate pair");
  }
  return Buffer.from(text, 'utf8');
}

function base64From(text: string): Buffer {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
    throw wrongValue('base64', text);
  }
  return Buffer.from(text, 'base64');
}
