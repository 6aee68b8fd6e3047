import type { TlsOptions } from './connection-options.ts';

/** Options under the names that people give them, or what is wrong with the first that cannot be used. */
export type ReadTls =
  | Readonly<{ ok: true; tls: TlsOptions }>
  | Readonly<{ ok: false; name: string; problem: string }>;

type Word = Readonly<{ as: keyof TlsOptions; parse: (value: unknown) => unknown; expects: string }>;

const verification = new Map<unknown, boolean>([
  ...([2, 1, 'required', 'optional', 'CERT_REQUIRED', 'CERT_OPTIONAL'] as const).map(
    (name) => [name, true] as const, // a server always shows a certificate: optional is required
  ),
  ...([0, 'none', 'CERT_NONE'] as const).map((name) => [name, false] as const),
]);

const pem = { parse: pemText, expects: 'PEM text; for a file use the ssl_… name' } as const;
const file = { parse: filledText, expects: 'the path of a file' } as const;
const flag = { parse: truth, expects: 'true or false' } as const;

/** Node's words, and Celery's (those of redis-py) without their underscores. */
const words: Readonly<Record<string, Word>> = {
  ca: { as: 'ca', ...pem },
  cert: { as: 'cert', ...pem },
  key: { as: 'key', ...pem },
  passphrase: { as: 'passphrase', parse: filledText, expects: 'a text' },
  rejectUnauthorized: { as: 'rejectUnauthorized', ...flag },
  servername: { as: 'servername', parse: filledText, expects: 'a host name' },
  sslCaCerts: { as: 'caFile', ...file },
  sslCaData: { as: 'ca', ...pem },
  sslCertfile: { as: 'certFile', ...file },
  sslKeyfile: { as: 'keyFile', ...file },
  sslPassword: { as: 'passphrase', parse: filledText, expects: 'a text' },
  sslCertReqs: {
    as: 'rejectUnauthorized',
    parse: (value) => verification.get(value),
    expects: "'required', 'optional' or 'none'",
  },
  sslCheckHostname: { as: 'checkHostname', ...flag },
};

/** The names that TLS options have, as in Node and as in Celery. */
export const tlsWords: readonly string[] = Object.keys(words).map((name) =>
  name.startsWith('ssl') ? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) : name,
);

/** Reads TLS options by either name, `ssl_ca_certs` or `sslCaCerts`. Nothing of a value is in a problem. */
export function readTls(given: Readonly<Record<string, unknown>>): ReadTls {
  const tls: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    const key = name.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
    const word = Object.hasOwn(words, key) ? words[key] : undefined;
    if (!word) return { ok: false, name, problem: 'is no TLS option' };
    if (value === undefined || value === null) continue;
    const parsed = word.parse(value);
    if (parsed === undefined) return { ok: false, name, problem: `must be ${word.expects}` };
    tls[word.as] = parsed;
  }
  if ((tls.cert ?? tls.certFile) && !(tls.key ?? tls.keyFile)) {
    // as in Python, where one file may hold both
    if (tls.certFile) tls.keyFile = tls.certFile;
    else tls.key = tls.cert;
  }
  return { ok: true, tls };
}

function pemText(value: unknown): string | undefined {
  const parts = Array.isArray(value) ? value : [value];
  const texts = parts.map((part: unknown) =>
    part instanceof Uint8Array ? Buffer.from(part).toString() : part,
  );
  const isPem = texts.every((text) => typeof text === 'string' && text.includes('-----BEGIN'));
  return isPem && texts.length > 0 ? texts.join('\n') : undefined;
}

function filledText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** In a URL it is a text; what Python takes for true or false there. */
export function truth(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  const text = String(value).toLowerCase();
  if (['1', 't', 'true', 'y', 'yes'].includes(text)) return true;
  return ['0', 'f', 'false', 'n', 'no'].includes(text) ? false : undefined;
}
