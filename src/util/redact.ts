const hidden = '***';

// schemes have an end, and whatever has none is looked at once: a long text must not take a logger's time
/** `scheme://user:password@`, nothing in it that ends an authority. */
const credentials = /([a-z][a-z0-9+.-]{0,30}:\/\/)([^\s/?#]*)@/gi;
/** What a URL where a raw `/`, `?` or `#` stands in the password ends before. */
const run = /[^\s"'`<>]+/g;
/** Between the URLs of a list. */
const betweenUrls = /(?<=[;,])(?=[a-z][a-z0-9+.-]{0,30}:\/\/)/i;
/** Where such a URL begins; not one of the web, where paths have `@`. */
const looseScheme = /(?!https?:|wss?:)\b[a-z][a-z0-9+.-]{0,30}:\/\//i;
const secretParameter =
  /([?&;](?:ssl_password|password|passwd|pass|pwd|secret|token|auth|api_?key|access_?key|secret_?key)=)[^&;\s"'`<>]*/gi;

/**
 * A URL that can be shown: its password, and parameters that sound like one, become `***`.
 * The text need not be a valid URL; without a scheme all that stands before an `@` goes.
 */
export function redactUrl(url: string): string {
  if (url.includes('://')) return redactText(url);
  return redactText(url.replace(/^.*@/s, `${hidden}@`));
}

/** A text that can be shown: every URL in it has its password replaced by `***`. */
export function redactText(text: string): string {
  if (!text.includes('@') && !text.includes('=')) return text;
  return text
    .replace(run, (text) => text.split(betweenUrls).map(redactLoose).join(''))
    .replace(credentials, hidePassword)
    .replace(secretParameter, `$1${hidden}`);
}

/** Of a text without spaces in which one URL is at the most. */
function redactLoose(text: string): string {
  const at = text.lastIndexOf('@');
  if (at < 0) return text;
  const found = looseScheme.exec(text.slice(0, at));
  if (!found) return text;
  const [scheme] = found;
  const start = found.index + scheme.length;
  const shown = hidePassword('', scheme, text.slice(start, at));
  return `${text.slice(0, found.index)}${shown}${text.slice(at + 1)}`;
}

function hidePassword(_match: string, scheme: string, userInfo: string): string {
  const colon = userInfo.indexOf(':');
  return colon < 0 ? `${scheme}${userInfo}@` : `${scheme}${userInfo.slice(0, colon)}:${hidden}@`;
}

const secretName =
  /(^|_|[a-z])(pass|passwd|password|passphrase|pwd|secret|token|credentials?|(api|access|private|secret)_?key)$/i;

/**
 * A value of any kind that can be shown, as plain JSON data: passwords in URLs, private keys, and whatever stands
 * under a name that sounds secret become `***`; functions and other things of code become a text.
 * @param name - what the value is called, if anything.
 */
export function redactValue(value: unknown, name = ''): unknown {
  if (value === null || value === undefined || typeof value === 'boolean') return value ?? null;
  if (secretName.test(name)) return hidden;
  if (typeof value === 'string') {
    return /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(value) ? hidden : redactText(value);
  }
  if (typeof value === 'function') return `[function ${value.name || 'without a name'}]`;
  if (Buffer.isBuffer(value) || value instanceof Uint8Array) return hidden; // a key or a certificate
  if (Array.isArray(value)) return value.map((each) => redactValue(each));
  if (value instanceof RegExp || typeof value !== 'object') return finite(value);
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return Object.fromEntries(entries.map(([key, each]) => [key, redactValue(each, String(key))]));
}

function finite(value: unknown): unknown {
  return Number.isFinite(value) ? value : String(value);
}
