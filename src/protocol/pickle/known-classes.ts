import { DecodeError } from '../../errors.ts';
import { Uuid, unwrapTyped } from '../values.ts';

/** A class or function that a pickle names. Nothing is ever looked up by it. */
export class PickleName {
  readonly module: string;
  readonly name: string;
  /** Where the pickle names it, in bytes. */
  readonly at: number;
  constructor(module: string, name: string, at: number) {
    this.module = pythonTwo[module] ?? module;
    this.name = name;
    this.at = at;
  }
  get text(): string {
    return `${this.module}.${this.name}`;
  }
}

/** What a pickle would have made by calling a class that we have no value for. Nothing is called. */
export class PickleCall {
  readonly target: PickleName;
  readonly args: readonly unknown[];
  constructor(target: PickleName, args: readonly unknown[]) {
    this.target = target;
    this.args = args;
  }
}

/** A set while it is read; it becomes a list. */
export class PickleSet {
  readonly items: unknown[];
  constructor(items: unknown[]) {
    this.items = items;
  }
}

/** A UUID that waits for its number. */
export class PickleUuid {
  value: Uuid | undefined;
}

/** Seconds east of UTC, or a span of time: only as a part of a date or time. */
export class PickleSpan {
  readonly seconds: number;
  readonly isZone: boolean;
  constructor(seconds: number, isZone: boolean) {
    this.seconds = seconds;
    this.isZone = isZone;
  }
}

/** Module names of Python 2, which protocols 0 to 2 have. */
const pythonTwo: Readonly<Record<string, string>> = {
  __proto__: null as never,
  __builtin__: 'builtins',
  copy_reg: 'copyreg',
};

type Build = (args: readonly unknown[]) => unknown;

/** All that is ever made of a class that a pickle names; undefined for arguments that do not fit. */
const known: ReadonlyMap<string, Build> = new Map<string, Build>([
  ['builtins.set', setOf],
  ['builtins.frozenset', setOf],
  ['builtins.bytearray', bytesOf],
  ['builtins.bytes', bytesOf],
  ['_codecs.encode', encoded],
  ['collections.OrderedDict', (args) => (args.length === 0 ? {} : undefined)],
  ['datetime.timedelta', spanOf],
  ['datetime.timezone', zoneOf],
  ['datetime.date', dateOf],
  ['datetime.time', timeOf],
  ['datetime.datetime', datetimeOf],
  ['decimal.Decimal', decimalOf],
  ['copyreg._reconstructor', reconstructed],
]);

/** Calls one of the few constructors of plain data. @returns undefined for a class that has no value here */
export function buildKnown(target: PickleName, args: readonly unknown[]): unknown {
  const build = known.get(target.text);
  if (!build) return undefined;
  const value = build(args);
  if (value !== undefined) return value;
  throw new DecodeError(`the pickle gives ${target.text} at byte ${target.at} what it cannot take`);
}

/** Makes an instance without arguments: of all classes only a UUID. */
export function newKnown(target: PickleName, args: readonly unknown[]): unknown {
  return target.text === 'uuid.UUID' && args.length === 0 ? new PickleUuid() : undefined;
}

/** Gives a UUID its number. @returns whether that is what it was given */
export function fillUuid(uuid: PickleUuid, state: unknown): boolean {
  if (typeof state !== 'object' || state === null) return false;
  const { int } = state as Readonly<Record<string, unknown>>;
  if (typeof int !== 'number' && typeof int !== 'bigint') return false;
  if (int < 0 || BigInt(int) >> 128n !== 0n) return false;
  uuid.value = new Uuid(BigInt(int).toString(16).padStart(32, '0'));
  return true;
}

function setOf([items, ...rest]: readonly unknown[]): unknown {
  if (rest.length > 0) return undefined;
  if (items === undefined) return new PickleSet([]);
  return Array.isArray(items) ? new PickleSet(items) : undefined;
}

function bytesOf(args: readonly unknown[]): unknown {
  const [bytes, encoding] = args;
  if (args.length === 0) return Buffer.alloc(0);
  if (args.length === 1) return Buffer.isBuffer(bytes) ? Buffer.from(bytes) : undefined;
  return args.length === 2 ? encoded([bytes, encoding]) : undefined;
}

/** Bytes as protocols before 3 have them: a text of as many characters. */
function encoded([text, encoding, ...rest]: readonly unknown[]): unknown {
  if (typeof text !== 'string' || rest.length > 0) return undefined;
  if (encoding !== 'latin1' && encoding !== 'latin-1') return undefined;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are all that latin1 has
  return /^[\x00-\xff]*$/.test(text) ? Buffer.from(text, 'latin1') : undefined;
}

function spanOf(args: readonly unknown[]): unknown {
  const [days = 0, seconds = 0, micros = 0] = args;
  if (args.length > 3 || ![days, seconds, micros].every(Number.isSafeInteger)) return undefined;
  return new PickleSpan(Number(days) * 86_400 + Number(seconds) + Number(micros) / 1e6, false);
}

function zoneOf([span, name = '', ...rest]: readonly unknown[]): unknown {
  if (!(span instanceof PickleSpan) || span.isZone) return undefined;
  if (typeof name !== 'string' || rest.length > 0) return undefined;
  const isOffset = Number.isInteger(span.seconds) && Math.abs(span.seconds) < 86_400;
  return isOffset ? new PickleSpan(span.seconds, true) : undefined;
}

function dateOf([state, ...rest]: readonly unknown[]): unknown {
  if (!Buffer.isBuffer(state) || state.length !== 4 || rest.length > 0) return undefined;
  return typed('date', dateText(state));
}

function timeOf(args: readonly unknown[]): unknown {
  const [state] = args;
  if (!Buffer.isBuffer(state) || state.length !== 6) return undefined;
  const zone = zoneText(args);
  return zone === undefined ? undefined : typed('time', `${clockText(state)}${zone}`);
}

function datetimeOf(args: readonly unknown[]): unknown {
  const [state] = args;
  if (!Buffer.isBuffer(state) || state.length !== 10) return undefined;
  const zone = zoneText(args);
  if (zone === undefined) return undefined;
  return typed('datetime', `${dateText(state)}T${clockText(state.subarray(4))}${zone}`);
}

/** The value that JSON with this text would become; of what is no date, nothing. */
function typed(type: 'date' | 'time' | 'datetime', text: string): unknown {
  try {
    return unwrapTyped(type, text);
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

/** The highest bit of a month says which of two equal times it is, by the clock of a zone that we do not have. */
function dateText(state: Buffer): string {
  const [high = 0, low = 0, month = 0, day = 0] = state;
  return `${digits(high * 256 + low, 4)}-${digits(month & 0x7f)}-${digits(day)}`;
}

function clockText(state: Buffer): string {
  const [hour = 0, minute = 0, second = 0] = state;
  const micros = digits(state.readUIntBE(3, 3), 6);
  return `${digits(hour & 0x7f)}:${digits(minute)}:${digits(second)}.${micros}`;
}

/** @returns undefined for what is no offset */
function zoneText([, zone, ...rest]: readonly unknown[]): string | undefined {
  if (rest.length > 0) return undefined;
  if (zone === undefined || zone === null) return '';
  if (!(zone instanceof PickleSpan) || !zone.isZone) return undefined;
  const total = Math.abs(zone.seconds);
  const parts = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  return `${zone.seconds < 0 ? '-' : '+'}${parts.map((part) => digits(part)).join(':')}`;
}

function digits(value: number, width = 2): string {
  return String(value).padStart(width, '0');
}

function decimalOf([text, ...rest]: readonly unknown[]): unknown {
  if (typeof text !== 'string' || text.length > 4300 || rest.length > 0) return undefined;
  try {
    return unwrapTyped('decimal', text);
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

/** How protocols 0 and 1 make an instance without calling its class. */
function reconstructed([target, base, state, ...rest]: readonly unknown[]): unknown {
  if (!(target instanceof PickleName) || !(base instanceof PickleName)) return undefined;
  if (base.text !== 'builtins.object' || state !== null || rest.length > 0) return undefined;
  return newKnown(target, []);
}
