import { MessageInvalidError } from '../errors.ts';
import { excerpt } from './values.ts';

/** A signature as it travels: in callbacks, chains, chords, and in the kwargs of other signatures. */
export interface SignatureData {
  readonly task: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  /** Send options, spelled as on the wire; null means "not set". */
  readonly options: Readonly<Record<string, unknown>>;
  /** `chain`, `group` or `chord`; null for a plain task and for map, starmap and chunks. */
  readonly subtask_type: string | null;
  /** Takes nothing from the previous step. */
  readonly immutable: boolean;
  /** Written by older senders; takes the place of counting a chord's header. */
  readonly chord_size?: number | null;
}

/**
 * Checks a signature that came off the wire and fills in what a hand-made one may lack; only `task` is
 * needed. Unknown keys stay. `path` names it in the error.
 * @throws MessageInvalidError
 */
export function parseSignature(value: unknown, path: string): SignatureData {
  if (!isRecord(value) || typeof value.task !== 'string') {
    throw new MessageInvalidError(`${path} is no signature: it has no 'task' that is a text`);
  }
  const { args, kwargs, options, subtask_type: type, immutable } = value;
  if (!isAbsent(args) && !Array.isArray(args)) throw wrong(path, 'args', 'an array');
  if (!isAbsent(kwargs) && !isRecord(kwargs)) throw wrong(path, 'kwargs', 'an object');
  if (!isAbsent(options) && !isRecord(options)) throw wrong(path, 'options', 'an object');
  const isWhole = args && kwargs && options && typeof immutable === 'boolean';
  // nearly all are: large workflows are gone through many times
  if (isWhole && (type === null || typeof type === 'string')) return value as never;
  return {
    ...value,
    task: value.task,
    args: args ?? [],
    kwargs: kwargs ?? {},
    options: options ?? {},
    subtask_type: typeof type === 'string' ? type : null,
    immutable: immutable === true,
  };
}

function wrong(path: string, key: string, expected: string): MessageInvalidError {
  return new MessageInvalidError(`${excerpt(path)}.${key} is not ${expected}`);
}

function isAbsent(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

/** Whether a decoded value is a JSON object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.getPrototypeOf(value) === Object.prototype;
}
