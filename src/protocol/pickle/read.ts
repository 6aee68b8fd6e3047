import { DecodeError } from '../../errors.ts';
import { isErrorState } from '../result-meta.ts';
import { checkWrittenOut, DEFAULT_MAX_BYTES } from '../written-out.ts';
import { PickleCall, PickleName, PickleSet, PickleSpan, PickleUuid } from './known-classes.ts';
import { Machine, refusal } from './machine.ts';
import { run } from './operations.ts';

/** How a pickle is read. */
export interface ReadPickleOptions {
  /** What it may be with each part as often as it is used. */
  readonly maxBytes?: number | undefined;
}

/**
 * The value in a pickle of Python's, protocols 0 to 5, and nothing but a value: nothing is looked up or called by a name in it.
 *
 * | Python                          | here                                                                       |
 * | ------------------------------- | -------------------------------------------------------------------------- |
 * | None, bool, int, float, str     | null, boolean, number (bigint beyond 2^53; 4300 digits at most), number, string |
 * | bytes, bytearray                | Buffer                                                                     |
 * | list, tuple, set, frozenset     | array                                                                      |
 * | dict, OrderedDict               | object; a key that is a number, True, False or None becomes its text, any other is refused |
 * | datetime, date, time, Decimal, UUID | what typed JSON makes of them; a zone must be an offset (`datetime.timezone`) |
 * | any other class                 | DecodeError with its name and place                                        |
 *
 * @throws DecodeError
 */
export function readPickle(
  bytes: Buffer,
  { maxBytes = DEFAULT_MAX_BYTES }: ReadPickleOptions,
): unknown {
  const value = run(new Machine(bytes, false, maxBytes));
  return checkWrittenOut(value, { what: 'the pickle', maxBytes, replace: plain });
}

/**
 * A result document of Python's, or a part of a chord, `[1, id, state, result]`: the error of a failed task is an object of
 * any class there, and data here.
 */
export function readPickledResult(
  bytes: Buffer,
  { maxBytes = DEFAULT_MAX_BYTES }: ReadPickleOptions,
): unknown {
  const document = run(new Machine(bytes, true, maxBytes));
  const options = { what: 'the pickle', maxBytes };
  if (isFailed(document)) {
    document['result'] = checkWrittenOut(document['result'], { ...options, replace: errorOrPlain });
  }
  if (Array.isArray(document) && isErrorState(document[2])) {
    document[3] = checkWrittenOut(document[3], { ...options, replace: errorOrPlain });
  }
  return checkWrittenOut(document, { ...options, replace: plain });
}

function isFailed(document: unknown): document is Record<string, unknown> {
  if (typeof document !== 'object' || document === null || !('status' in document)) return false;
  return isErrorState(document.status);
}

/** The value that an object stands for. */
function plain(value: object): unknown {
  if (value instanceof PickleSet) return value.items;
  if (value instanceof PickleUuid && value.value) return value.value;
  if (value instanceof PickleName) throw refusal(value);
  if (value instanceof PickleCall) throw refusal(value.target);
  if (value instanceof PickleUuid) throw new DecodeError('the pickle has a UUID without a number');
  if (value instanceof PickleSpan) {
    const what = value.isZone ? 'timezone' : 'timedelta';
    throw new DecodeError(`the pickle has a datetime.${what}, which is no value here`);
  }
  return value;
}

/** An error as JSON has it. One that Python could not pickle is in a wrapper of Celery's. */
function errorOrPlain(value: object): unknown {
  if (value instanceof PickleCall) return recordOf(value);
  if (value instanceof PickleName) return value.text;
  return plain(value);
}

const wrapper = 'celery.utils.serialization.UnpickleableExceptionWrapper';

function recordOf({ target, args }: PickleCall): Readonly<Record<string, unknown>> {
  if (target.text === wrapper) {
    const [module, name, message] = args;
    return { exc_type: name, exc_message: message, exc_module: module };
  }
  return { exc_type: target.name, exc_message: [...args], exc_module: target.module };
}
