import { DecodeError } from '../errors.ts';
import { encodeJson, encodeString } from './json-encode.ts';
import { scanObject } from './json-scan.ts';

/**
 * Adds headers to an envelope, or replaces those it has; every other byte stays, so that what another
 * sender wrote is not re-encoded. Works for any envelope, whatever the order of its keys.
 * @throws DecodeError for a text that is no envelope; EncodeError for a value that has no JSON form
 */
export function spliceHeaders(payload: string, headers: Readonly<Record<string, unknown>>): string {
  let text = payload;
  for (const [name, value] of Object.entries(headers)) text = spliceHeader(text, name, value);
  return text;
}

function spliceHeader(payload: string, name: string, value: unknown): string {
  const found = scanObject(payload, 0).members.get('headers');
  if (!found) throw new DecodeError("the envelope has no 'headers'");
  const { members, span } = scanObject(payload, found.start);
  const written = encodeJson(value, { path: `headers.${name}` });
  const old = members.get(name);
  if (old) return payload.slice(0, old.start) + written + payload.slice(old.end);
  const separator = members.size === 0 ? '' : ', ';
  const end = span.end - 1;
  const member = `${separator}${encodeString(name)}: ${written}`;
  return payload.slice(0, end) + member + payload.slice(end);
}
