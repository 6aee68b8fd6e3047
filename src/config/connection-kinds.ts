import {
  type FailoverStrategy,
  isClientName,
  readTls,
  type TlsOptions,
  tlsWords,
} from '../protocol/index.ts';
import { type Duration, durationToMs, nearest, type Seconds } from '../util/index.ts';
import { custom, isNothing, isRecord, jsonIn, type Parsed, type Setting } from './kinds.ts';
import { type UrlRole, urlProblem } from './url.ts';

/** TLS options as a program gives them: under Node's names, or under Celery's, where those with files have `ssl_`. */
export interface TlsSettings {
  /** PEM texts. */
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[];
  readonly cert?: string | Uint8Array;
  readonly key?: string | Uint8Array;
  readonly passphrase?: string;
  readonly rejectUnauthorized?: boolean;
  readonly servername?: string;
  /** Files with PEM texts. */
  readonly ssl_ca_certs?: string;
  readonly ssl_certfile?: string;
  readonly ssl_keyfile?: string;
  readonly ssl_password?: string;
  readonly ssl_ca_data?: string;
  readonly ssl_cert_reqs?: 'required' | 'optional' | 'none' | `CERT_${string}` | number;
  readonly ssl_check_hostname?: boolean;
}

/** The URL of a broker, or a list of them for failover; kept as one text with `;` in between. */
export function brokerUrl(preset: string, help: string): Setting<string> {
  return {
    default: preset,
    help,
    expects: 'a URL or a list of them',
    parse: (value) => parseUrls(value, 'broker'),
    fromText: (given) => given,
  };
}

/** The same of a result backend; null switches results off. */
export function backendUrl(preset: string | null, help: string): Setting<string | null> {
  return {
    default: preset,
    help,
    expects: 'a URL, a list of them, or null',
    parse: (value) => (value === null ? { ok: true, value } : parseUrls(value, 'result backend')),
    fromText: (given) => (isNothing(given) ? null : given),
  };
}

function parseUrls(value: unknown, role: UrlRole): Parsed<string> {
  const urls: unknown[] = Array.isArray(value) ? value : [value];
  if (urls.length === 0 || !urls.every((url) => typeof url === 'string')) return { ok: false };
  const text = urls.join(';');
  const problem = urlProblem(text, role);
  return problem === undefined ? { ok: true, value: text } : { ok: false, problem };
}

/** Details of TLS, under the names of Node's or of Celery's. */
export function tls(help: string): Setting<TlsOptions> {
  return custom<TlsOptions>({
    default: {},
    help,
    expects: 'an object of TLS options',
    parse: parseTls,
  });
}

function parseTls(value: unknown): Parsed<TlsOptions> {
  if (!isRecord(value)) return { ok: false };
  const read = readTls(value);
  if (read.ok) return { ok: true, value: Object.freeze(read.tls) };
  const near = tlsWords.includes(read.name) ? undefined : nearest(read.name, tlsWords);
  const hint = near && near !== read.name ? `; did you mean '${near}'?` : '';
  return { ok: false, problem: `has '${read.name}', which ${read.problem}${hint}` };
}

/** The order in which servers of a list are tried. */
export function failoverStrategy(
  preset: FailoverStrategy,
  help: string,
): Setting<FailoverStrategy> {
  return {
    default: preset,
    help,
    expects: "'round-robin', 'shuffle' or a function of the URLs that gives them in order",
    parse(value) {
      if (value === 'round-robin' || value === 'shuffle') return { ok: true, value };
      // called with the URLs when the present server does not answer
      return typeof value === 'function'
        ? { ok: true, value: value as () => string[] }
        : { ok: false };
    },
    fromText: (given) => given,
  };
}

/** A name that servers take for a connection. */
export function clientName(help: string): Setting<string> {
  return {
    default: '',
    help,
    expects: 'a text of printable characters without spaces',
    parse: (value) =>
      typeof value === 'string' && isClientName(value) ? { ok: true, value } : { ok: false },
    fromText: (given) => given,
  };
}

/** What keys and channels begin with, as it stands. */
export function keyprefix(help: string): Setting<string> {
  return {
    default: '',
    help,
    expects: 'a text without control characters',
    parse: (value) =>
      typeof value === 'string' && /^\P{Cc}*$/u.test(value) ? { ok: true, value } : { ok: false },
    fromText: (given) => given,
  };
}

/** How long something is kept: seconds or a duration such as `{ days: 1 }`; null means for ever, as 0 does. */
export function keepFor(preset: Seconds, help: string): Setting<Seconds> {
  return custom<Seconds>({
    default: preset,
    help,
    expects: 'seconds from 0, a duration such as { days: 1 }, or null',
    unit: 'seconds',
    fromText: (given) => (isNothing(given) ? null : jsonIn(given)),
    parse(value) {
      if (value === null) return { ok: true, value: 0 };
      const isGiven = typeof value === 'number' || (isRecord(value) && hasUnits(value));
      const ms = isGiven ? durationToMs(value as Duration) : Number.NaN;
      return ms >= 0 && ms <= Number.MAX_SAFE_INTEGER
        ? { ok: true, value: ms / 1000 }
        : { ok: false };
    },
  });
}

const units = ['days', 'hours', 'minutes', 'seconds', 'milliseconds'];

function hasUnits(value: Readonly<Record<string, unknown>>): boolean {
  const given = Object.entries(value);
  const isUnit = ([key, count]: [string, unknown]): boolean =>
    units.includes(key) && typeof count === 'number';
  return given.length > 0 && given.every(isUnit);
}
