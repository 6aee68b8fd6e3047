import { DecodeError } from '../errors.ts';
import { stringEnd } from './json-decode.ts';

/** Where a member's value stands in a JSON text: from `start` up to before `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Finds the values of an object's own members without decoding them, in linear time.
 * @param at - where the object's opening brace stands, or spaces before it.
 * @returns the members by name, the last one of equal names, and the span of the object itself.
 * @throws DecodeError if there is no object, or one that is broken where it was looked at.
 */
export function scanObject(
  text: string,
  at: number,
): { readonly members: ReadonlyMap<string, Span>; readonly span: Span } {
  const members = new Map<string, Span>();
  const start = skipSpace(text, at);
  if (text[start] !== '{') throw broken(start);
  let next = skipSpace(text, start + 1);
  while (text[next] === '"') {
    const keyEnd = stringEnd(text, next);
    const colon = skipSpace(text, keyEnd);
    if (text[colon] !== ':') throw broken(colon);
    const valueStart = skipSpace(text, colon + 1);
    const valueEnd = skipValue(text, valueStart);
    members.set(keyOf(text.slice(next, keyEnd)), { start: valueStart, end: valueEnd });
    next = skipSpace(text, valueEnd);
    if (text[next] === ',') next = skipSpace(text, next + 1);
  }
  if (text[next] !== '}') throw broken(next);
  return { members, span: { start, end: next + 1 } };
}

/**
 * Finds the items of an array without decoding them, in linear time.
 * @throws DecodeError if there is no array, or one that is broken where it was looked at.
 */
export function scanArray(text: string, at: number): readonly Span[] {
  const items: Span[] = [];
  const start = skipSpace(text, at);
  if (text[start] !== '[') throw broken(start);
  let next = skipSpace(text, start + 1);
  while (text[next] !== ']') {
    const end = skipValue(text, next);
    items.push({ start: next, end });
    next = skipSpace(text, end);
    if (text[next] === ',') next = skipSpace(text, next + 1);
    else if (text[next] !== ']') throw broken(next);
  }
  return items;
}

function keyOf(token: string): string {
  try {
    return JSON.parse(token) as string;
  } catch (error) {
    throw new DecodeError('not JSON: a key is no string', { cause: error });
  }
}

function skipSpace(text: string, at: number): number {
  let next = at;
  while (' \t\n\r'.includes(text[next] ?? 'end')) next++;
  return next;
}

/** @returns where the value that begins at `start` ends; nothing inside it is checked. */
function skipValue(text: string, start: number): number {
  const structure = /["[\]{},]/g;
  structure.lastIndex = start;
  let depth = 0;
  for (let match = structure.exec(text); match; match = structure.exec(text)) {
    const [character] = match;
    if (character === '"') structure.lastIndex = stringEnd(text, match.index);
    else if (character === '[' || character === '{') depth++;
    else if (depth === 0) return trimEnd(text, start, match.index);
    else if (character !== ',' && --depth === 0) return match.index + 1;
    if (depth === 0 && character === '"') return structure.lastIndex;
  }
  throw broken(text.length);
}

function trimEnd(text: string, start: number, end: number): number {
  const length = text.slice(start, end).trimEnd().length;
  if (length === 0) throw broken(end);
  return start + length;
}

function broken(at: number): DecodeError {
  return new DecodeError(`not JSON: broken at character ${at}`);
}
