import { isUtf8 } from 'node:buffer';
import { types } from 'node:util';
import { pythonNumber } from './python-number.ts';
import { parseDateTime, parseTime } from './time.ts';
import { type WireValue, wireType } from './values.ts';

/** How much of a value is shown in a message's headers. */
const defaultLength = 1024;
/** Containers deeper than this are shown as `[...]`. */
const maxLevels = 3;

/**
 * Positional arguments as a Python tuple, for people: `(2, 'a')`. At most about 1024 characters.
 * Never throws, whatever the values.
 */
export function argsRepr(args: readonly unknown[]): string {
  const close = args.length === 1 ? ',)' : ')';
  return safely((writer) => writer.sequence('(', close, args), defaultLength);
}

/** Keyword arguments as a Python dict, for people: `{'a': 1}`. As `argsRepr` otherwise. */
export function kwargsRepr(kwargs: Record<string, unknown>): string {
  return safely((writer) => writer.mapping(kwargs), defaultLength);
}

/**
 * A value as Celery's `saferepr` shows it: three levels deep, cut after `maxLength` characters with
 * `...`, by a few characters more at the most. Never throws, whatever the value.
 */
export function pythonRepr(value: unknown, maxLength: number = defaultLength): string {
  return safely((writer) => writer.value(value), maxLength);
}

function safely(write: (writer: ReprWriter) => void, maxLength: number): string {
  let writer = new ReprWriter(maxLength, 'units');
  try {
    write(writer);
    if (writer.isDoubtful) {
      writer = new ReprWriter(maxLength, 'characters');
      write(writer);
    }
    return writer.text;
  } catch {
    // a getter, a proxy or a toString() of the user's threw
    return `${writer.text}<unprintable>`;
  }
}

const surrogate = /[\ud800-\udfff]/;

/**
 * Writes token by token and counts them off a budget. The first token that finds nothing left is
 * replaced by `, ...`; after that only the brackets that are still open are closed.
 */
class ReprWriter {
  text = '';
  /** Something was cut after counting units of 16 bits, where Python counts whole characters and there were longer ones. */
  isDoubtful = false;
  #left: number;
  #isCut = false;
  #level = 0;
  readonly #counted: 'units' | 'characters';

  /** @param counted - units take no time, and will do unless something is cut. */
  constructor(maxLength: number, counted: 'units' | 'characters') {
    this.#left = maxLength;
    this.#counted = counted;
  }

  value(value: unknown): void {
    if (typeof value === 'string') this.#quoted(value);
    else if (typeof value !== 'object' || value === null) this.#cuttable(scalarRepr(value));
    else if (types.isUint8Array(value)) this.#bytes(value);
    else if (types.isBoxedPrimitive(value)) this.value(value.valueOf());
    else this.#object(value);
  }

  #object(value: object): void {
    const text = Array.isArray(value) ? undefined : atomRepr(value);
    if (text === undefined) this.#container(value);
    else this.#cuttable(text);
  }

  #container(value: object): void {
    const isArray = Array.isArray(value);
    if (types.isSet(value) && value.size === 0) this.#cuttable('set()');
    else if (this.#level >= maxLevels) this.#cuttable(isArray ? '[...]' : '{...}');
    else if (isArray) this.sequence('[', ']', value);
    else if (types.isSet(value)) this.sequence('{', '}', value);
    else this.mapping(types.isMap(value) ? Object.fromEntries(value) : value);
  }

  sequence(open: string, close: string, items: Iterable<unknown>): void {
    this.#open(open);
    let isFirst = true;
    for (const item of items) {
      if (!isFirst) this.#emit(', ');
      if (this.#isCut) break;
      this.value(item);
      if (this.#isCut) break;
      isFirst = false;
    }
    this.#close(close);
  }

  mapping(entries: object): void {
    this.#open('{');
    let isFirst = true;
    for (const key of Object.keys(entries)) {
      if (this.#isCut) break;
      const item: unknown = (entries as Record<string, unknown>)[key];
      if (item === undefined) continue;
      if (!isFirst) this.#emit(', ');
      if (!this.#isCut) this.#quoted(key);
      if (!this.#isCut) this.#emit(': ');
      if (!this.#isCut) this.value(item);
      isFirst = false;
    }
    this.#close('}');
  }

  #open(bracket: string): void {
    this.#level++;
    this.#emit(bracket);
  }

  #close(bracket: string): void {
    this.#level--;
    if (this.#isCut) this.text += bracket;
    else this.#emit(bracket);
  }

  #bytes(bytes: Uint8Array): void {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const isLonger = this.#left > 0 && buffer.length > this.#left;
    const shown = isLonger ? buffer.subarray(0, this.#left) : buffer;
    const text = shown.toString(isUtf8(shown) ? 'utf8' : 'hex');
    this.#emit(`b'${text}${isLonger ? '...' : ''}'`);
  }

  #quoted(text: string): void {
    const shown = this.#truncated(text);
    this.#emit(`'${shown.includes("'") ? shown.replaceAll("'", "\\'") : shown}'`);
  }

  #cuttable(text: string): void {
    this.#emit(this.#truncated(text));
  }

  #emit(token: string): void {
    if (this.#left <= 0) {
      this.#doubt('');
      this.text += ', ...';
      this.#isCut = true;
      return;
    }
    this.text += token;
    this.#left -= this.#counted === 'units' ? token.length : Array.from(token).length;
  }

  /** Cuts a text that fills or exceeds what is left, back to the last space if there is one. */
  #truncated(text: string): string {
    const limit = this.#left;
    if (limit <= 0 || text.length < limit) return text;
    const start = text.slice(0, 2 * limit); // has as many characters at least
    this.#doubt(start);
    const units = this.#counted === 'units' ? start : Array.from(start);
    if (units.length < limit) return text;
    const cut = typeof units === 'string' ? units.slice(0, limit) : units.slice(0, limit).join('');
    const space = cut.lastIndexOf(' ');
    return `${space === -1 ? cut : cut.slice(0, space)}...`;
  }

  /** Called where something is cut. */
  #doubt(next: string): void {
    if (this.#counted === 'units' && (surrogate.test(next) || surrogate.test(this.text)))
      this.isDoubtful = true;
  }
}

function scalarRepr(value: unknown): string {
  switch (typeof value) {
    case 'number':
      return numberRepr(value);
    case 'boolean':
      return value ? 'True' : 'False';
    case 'function':
      return `<function ${value.name || 'anonymous'}>`;
    case 'bigint':
    case 'symbol':
      return value.toString();
    default:
      return 'None';
  }
}

function numberRepr(value: number): string {
  if (Number.isFinite(value)) return pythonNumber(value);
  if (Number.isNaN(value)) return 'nan';
  return value > 0 ? 'inf' : '-inf';
}

/** The text of an object that is shown as one word; undefined for a container. */
function atomRepr(value: object): string | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return undefined;
  if (types.isDate(value)) return dateRepr(value);
  if (wireType in value) return wireRepr(value as WireValue);
  if (value instanceof Error) return `${value.name}('${value.message}')`;
  if (types.isRegExp(value)) return `re.compile('${value.source}')`;
  if (types.isPromise(value)) return '<Promise>';
  return undefined;
}

function wireRepr(value: WireValue): string {
  switch (value[wireType]) {
    case 'decimal':
      return `Decimal('${value.text}')`;
    case 'uuid':
      return `UUID('${value.text}')`;
    case 'date': {
      const day = parseDateTime(value.text);
      return `datetime.date(${day?.year}, ${day?.month}, ${day?.day})`;
    }
    case 'time': {
      const time = parseTime(value.text);
      return time ? `datetime.time(${clockRepr(time)})` : value.text;
    }
  }
}

function dateRepr(date: Date): string {
  if (Number.isNaN(date.getTime())) return '<invalid Date>';
  const day = `${date.getUTCFullYear()}, ${date.getUTCMonth() + 1}, ${date.getUTCDate()}`;
  const clock = clockRepr({
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    microsecond: date.getUTCMilliseconds() * 1000,
    offsetSeconds: 0,
  });
  return `datetime.datetime(${day}, ${clock})`;
}

function clockRepr(clock: NonNullable<ReturnType<typeof parseTime>>): string {
  const parts = [clock.hour, clock.minute];
  if (clock.second !== 0 || clock.microsecond !== 0) parts.push(clock.second);
  if (clock.microsecond !== 0) parts.push(clock.microsecond);
  const zone = clock.offsetSeconds === undefined ? '' : `, tzinfo=${zoneRepr(clock.offsetSeconds)}`;
  return `${parts.join(', ')}${zone}`;
}

function zoneRepr(offsetSeconds: number): string {
  if (offsetSeconds === 0) return 'datetime.timezone.utc';
  const delta =
    offsetSeconds < 0 ? `days=-1, seconds=${86_400 + offsetSeconds}` : `seconds=${offsetSeconds}`;
  return `datetime.timezone(datetime.timedelta(${delta}))`;
}
