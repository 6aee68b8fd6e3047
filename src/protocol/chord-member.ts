import { DecodeError, summaryOf } from '../errors.ts';
import type { ChordMember } from './chord.ts';
import { decodeJson } from './json-decode.ts';
import { encodeJson, encodeString } from './json-encode.ts';
import { scanArray } from './json-scan.ts';
import { encodeError, isErrorState, parseError } from './result-meta.ts';
import type { JsonTypes } from './values.ts';

/**
 * What is kept of a member of a chord, as Celery writes it: `[1, "<id>", "<state>", <result, or the error's object>]`.
 * Source: `on_chord_part_return` in Celery's `backends/redis.py`.
 */
export function encodeMember(member: ChordMember, types: JsonTypes): string {
  const { taskId, status, error, resultText = 'null' } = member;
  const result = error ? encodeError(error, types) : resultText;
  return `[1, ${encodeString(taskId)}, ${encodeString(status)}, ${result}]`;
}

/** What most members are: a plain id, and a number, a word or a text without anything to escape. */
const usualMember =
  /^\[1, "([\w-]+)", "SUCCESS", (-?(?:0|[1-9]\d{0,14})(?:\.\d{1,17})?|true|false|null|"[ !#-[\]-~]*")\]$/;

/** Reads what `encodeMember` or Celery has written; the result stays the text that it is. @throws DecodeError */
export function decodeMember(text: string): ChordMember {
  const usual = usualMember.exec(text);
  if (usual)
    return { taskId: usual[1] ?? '', status: 'SUCCESS', resultText: usual[2], error: null };
  const items = scanArray(text, 0).map(({ start, end }) => text.slice(start, end));
  const [, taskId = 'null', status = 'null', resultText = 'null'] = items;
  const known = idsOf(decodeJson(taskId), decodeJson(status));
  if (!isErrorState(known.status)) return { ...known, resultText, error: null };
  return failed(known, decodeJson(resultText));
}

/**
 * The same of a list that another serializer has read. A result that has no JSON form makes the member a failed one, as
 * no body can be sent with it.
 * @throws DecodeError
 */
export function memberOf(value: unknown, types: JsonTypes): ChordMember {
  if (!Array.isArray(value)) throw notAMember();
  const [, taskId, status, result = null]: readonly unknown[] = value;
  const known = idsOf(taskId, status);
  if (isErrorState(known.status)) return failed(known, result);
  try {
    return { ...known, resultText: encodeJson(result, { types, path: 'result' }), error: null };
  } catch (error) {
    return unreadMember(error, known.taskId);
  }
}

/** Stands for what cannot be read. */
export function unreadMember(error: unknown, taskId: string): ChordMember {
  const type = error instanceof DecodeError ? 'DecodeError' : 'EncodeError';
  const known = { type, module: 'kombu.exceptions', args: [summaryOf(error)], traceback: null };
  return { taskId, status: 'FAILURE', resultText: undefined, error: known };
}

type Ids = Pick<ChordMember, 'taskId' | 'status'>;

function idsOf(taskId: unknown, status: unknown): Ids {
  if (typeof taskId !== 'string' || typeof status !== 'string') throw notAMember();
  return { taskId, status };
}

function failed(ids: Ids, result: unknown): ChordMember {
  return { ...ids, resultText: undefined, error: parseError(ids.status, result, null) };
}

function notAMember(): DecodeError {
  return new DecodeError('not a part of a chord: it is no [version, id, state, result]');
}
