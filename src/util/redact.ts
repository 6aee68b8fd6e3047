const hidden = '***';

/** `scheme://user:password@`, nothing in it that ends an authority. */
const credentials = /([a-z][a-z0-9+.-]*:\/\/)([^\s/?#]*)@/gi;
/** The same where a raw `/`, `?` or `#` stands in the password; not for the web, where paths have `@`. */
const looseCredentials =
  /((?!https?:|wss?:)\b[a-z][a-z0-9+.-]*:\/\/)((?:(?![;,][a-z][a-z0-9+.-]*:\/\/)[^\s"'`<>])*)@/gi;
const secretParameter =
  /([?&;](?:password|passwd|pass|pwd|secret|token|auth|api_?key|access_?key|secret_?key)=)[^&;\s"'`<>]*/gi;

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
    .replace(looseCredentials, hidePassword)
    .replace(credentials, hidePassword)
    .replace(secretParameter, `$1${hidden}`);
}

function hidePassword(_match: string, scheme: string, userInfo: string): string {
  const colon = userInfo.indexOf(':');
  return colon < 0 ? `${scheme}${userInfo}@` : `${scheme}${userInfo.slice(0, colon)}:${hidden}@`;
}
