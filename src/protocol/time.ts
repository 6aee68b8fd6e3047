import { EncodeError } from '../errors.ts';
import type { Millis } from '../util/index.ts';

/** The years that Python's datetime can hold: up to the first instant, from the second. */
const endMs: Millis = Date.UTC(10_000, 0);
const beginMs: Millis = new Date('0001-01-01T00:00:00Z').getTime();

/**
 * An instant as Python writes it: `2024-01-02T03:04:05.678000+00:00`, without a fraction on whole
 * seconds. What is finer than a millisecond is dropped.
 * @throws EncodeError for what is no instant of the years 1 to 9999.
 */
export function toWireTime(ms: Millis): string {
  const text = isoText(ms);
  if (text === undefined) {
    throw new EncodeError('a time', `'${ms}' is no instant between the years 1 and 9999`);
  }
  return `${text}+00:00`;
}

/** The second that was written last: nearly all that is written is of now. */
let lastSecond = { second: Number.NaN, text: '' };

/** An instant's text before the offset, in UTC; undefined if it is not of the years 1 to 9999. */
export function isoText(ms: Millis): string | undefined {
  if (!(ms >= beginMs && ms < endMs)) return undefined;
  const whole = Math.trunc(ms);
  const second = Math.floor(whole / 1000);
  if (second !== lastSecond.second) {
    lastSecond = { second, text: new Date(second * 1000).toISOString().slice(0, 19) };
  }
  const millis = whole - second * 1000;
  if (millis === 0) return lastSecond.text;
  return `${lastSecond.text}.${String(millis).padStart(3, '0')}000`;
}

/** The clock and calendar fields of an ISO 8601 text, checked to exist. */
export interface TimeFields {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly microsecond: number;
  /** Seconds east of UTC; undefined for a naive time. */
  readonly offsetSeconds: number | undefined;
}

const datePart = /^(\d{4})(-?)(\d\d)\2(\d\d)/;
const timePart = /^(\d\d)(?::?(\d\d)(?::?(\d\d)(?:[.,](\d{1,9}))?)?)?/;
const offsetPart = /^\s*(?:([Zz])|([+-])(\d\d)(?::?(\d\d)(?::?(\d\d))?)?)$/;

/** Reads an ISO 8601 date with or without a time. @returns undefined for anything else. */
export function parseDateTime(text: string): TimeFields | undefined {
  const date = datePart.exec(text);
  if (!date) return undefined;
  const [year, month, day] = [Number(date[1]), Number(date[3]), Number(date[4])];
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined;
  const rest = text.slice(date[0].length);
  const clock = rest === '' ? midnight : /^[Tt ]/.test(rest) ? parseTime(rest.slice(1)) : undefined;
  return clock && { year, month, day, ...clock };
}

const midnight = { hour: 0, minute: 0, second: 0, microsecond: 0, offsetSeconds: undefined };

/** Reads an ISO 8601 time of day such as `03:04` or `03:04:05.678Z`. */
export function parseTime(text: string): Omit<TimeFields, 'year' | 'month' | 'day'> | undefined {
  const match = timePart.exec(text);
  if (!match) return undefined;
  const [hour, minute, second] = [match[1], match[2], match[3]].map((part) => Number(part ?? 0));
  if (hour === undefined || minute === undefined || second === undefined) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const microsecond = Number((match[4] ?? '').padEnd(6, '0').slice(0, 6));
  const rest = text.slice(match[0].length);
  if (rest === '') return { hour, minute, second, microsecond, offsetSeconds: undefined };
  const offsetSeconds = parseOffset(rest);
  return offsetSeconds === undefined
    ? undefined
    : { hour, minute, second, microsecond, offsetSeconds };
}

function parseOffset(text: string): number | undefined {
  const match = offsetPart.exec(text);
  if (!match) return undefined;
  if (match[1] !== undefined) return 0;
  const [hours, minutes, seconds] = [match[3], match[4], match[5]].map((part) => Number(part ?? 0));
  if (hours === undefined || minutes === undefined || seconds === undefined) return undefined;
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined;
  const total = hours * 3600 + minutes * 60 + seconds;
  return match[2] === '-' && total > 0 ? -total : total;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/**
 * Reads a time of a message or a result: ISO 8601 with `Z`, an offset or neither (then UTC), a date
 * alone, a space for the `T`, microseconds (cut to milliseconds); also a Date, as `decodeJson` makes.
 * @returns undefined for anything else.
 */
export function parseWireTime(text: unknown): Millis | undefined {
  if (text instanceof Date) return Number.isNaN(text.getTime()) ? undefined : text.getTime();
  const fields = typeof text === 'string' ? parseDateTime(text) : undefined;
  if (!fields) return undefined;
  const { year, month, day, hour, minute, second, microsecond, offsetSeconds = 0 } = fields;
  // Date.UTC takes the years 0 to 99 for 1900 to 1999
  const dayMs = new Date(0).setUTCFullYear(year, month - 1, day);
  const seconds = hour * 3600 + minute * 60 + second - offsetSeconds;
  return dayMs + seconds * 1000 + Math.floor(microsecond / 1000);
}
