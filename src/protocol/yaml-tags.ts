import type { ScalarTag, Tags } from 'yaml';
import { maxDigits } from './json-decode.ts';
import { parseWireTime } from './time.ts';
import { PlainDate } from './values.ts';

/*
 * Which plain words are no texts, as Python's yaml has it: it knows less than version 1.1 of YAML, where `y` and `1e3`
 * would be no texts either. Source: `resolver.py` and `constructor.py` of PyYAML.
 */

const int: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  identify: (value) => typeof value === 'bigint' || isExactInteger(value),
  test: /^[-+]?(?:0b[01_]+|0x[\da-fA-F_]+|0[0-7_]*|[1-9][\d_]*(?::[0-5]?\d)*)$/,
  resolve(text, onError) {
    const digits = text.replace(/[-+_]/g, '');
    if (digits.length > maxDigits) {
      onError(`an integer of ${digits.length} digits; ${maxDigits} may be`);
      return 0;
    }
    const size = digits.includes(':') ? sexagesimal(digits) : BigInt(withPrefix(digits));
    return text.startsWith('-') ? -size : size;
  },
  stringify: ({ value }) => String(value),
};

/** `017` is how Python 2 wrote an octal. */
function withPrefix(digits: string): string {
  return /^0\d/.test(digits) ? `0o${digits.slice(1)}` : digits;
}

function sexagesimal(digits: string): bigint {
  return digits.split(':').reduce((sum, part) => sum * 60n + BigInt(part), 0n);
}

/** An integer that JavaScript has exactly; all other numbers are floats, in every serializer. */
function isExactInteger(value: unknown): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0);
}

const float: ScalarTag = {
  tag: 'tag:yaml.org,2002:float',
  default: true,
  identify: (value) => typeof value === 'number' && !isExactInteger(value),
  test: /^(?:[-+]?\d[\d_]*\.[\d_]*(?:[eE][-+]\d+)?|\.\d[\d_]*(?:[eE][-+]\d+)?|[-+]?\d[\d_]*(?::[0-5]?\d)+\.[\d_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
  resolve(text) {
    const plain = text.replaceAll('_', '').toLowerCase();
    if (plain.endsWith('.nan')) return Number.NaN;
    if (plain.endsWith('.inf')) {
      return plain.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    }
    if (!plain.includes(':')) return Number(plain);
    const size = plain
      .replace(/^[-+]/, '')
      .split(':')
      .reduce((sum, part) => sum * 60 + Number(part), 0);
    return plain.startsWith('-') ? -size : size;
  },
  stringify: ({ value }) => floatText(Number(value)),
};

/** As Python wants them: with a point, and a sign after the `e`. */
function floatText(value: number): string {
  if (Number.isNaN(value)) return '.nan';
  if (!Number.isFinite(value)) return value < 0 ? '-.inf' : '.inf';
  if (Object.is(value, -0)) return '-0.0';
  const [digits = '', exponent] = String(value).split('e');
  const pointed = digits.includes('.') ? digits : `${digits}.0`;
  return exponent === undefined ? pointed : `${pointed}e${exponent}`;
}

const bool: ScalarTag = {
  tag: 'tag:yaml.org,2002:bool',
  default: true,
  identify: (value) => typeof value === 'boolean',
  test: /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/,
  resolve: (text) => /^(?:yes|true|on)$/i.test(text),
  stringify: ({ value }) => String(value),
};

const clock =
  /^(\d{4})-(\d\d?)-(\d\d?)(?:[Tt]|[ \t]+)(\d\d?):(\d\d):(\d\d)(?:\.(\d*))?(?:[ \t]*(Z|[-+]\d\d?(?::\d\d)?))?$/;
const day = /^\d{4}-\d\d-\d\d$/;

const timestamp: ScalarTag = {
  tag: 'tag:yaml.org,2002:timestamp',
  default: true,
  identify: (value) => value instanceof Date,
  test: new RegExp(`${day.source}|${clock.source}`),
  resolve(text, onError) {
    try {
      if (day.test(text)) return new PlainDate(text);
    } catch {
      onError(`'${text}' is no day of the calendar`);
    }
    const ms = parseWireTime(isoOf(text));
    if (ms === undefined) onError(`'${text}' is no time`);
    return new Date(ms ?? Number.NaN);
  },
  // whole: without a time Python would read a date
  stringify: ({ value }) => (value as Date).toISOString(),
};

function isoOf(text: string): string {
  const [, year, month, date, hour, minute, second, fraction, zone = ''] = clock.exec(text) ?? [];
  const two = (digits = '') => digits.padStart(2, '0');
  const [, sign = '', hours = '', minutes = '00'] = /^([-+])(\d+)(?::(\d+))?$/.exec(zone) ?? [];
  const offset = sign ? `${sign}${two(hours)}:${minutes}` : zone;
  const micros = fraction ? `.${fraction.slice(0, 6)}` : '';
  return `${year}-${two(month)}-${two(date)}T${two(hour)}:${minute}:${second}${micros}${offset}`;
}

const ours = [int, float, bool, timestamp];

/** Ours in place of the library's; without merge keys, which would turn the text `<<` into something else. */
const dropped: ReadonlySet<string> = new Set([
  ...ours.map(({ tag }) => tag),
  'tag:yaml.org,2002:merge',
]);

/** The tags of YAML 1.1 that Python's safe loader knows, for the library's `customTags`. */
export function pythonTags(tags: Tags): Tags {
  return [...ours, ...tags.filter((tag) => typeof tag === 'string' || !dropped.has(tag.tag))];
}
