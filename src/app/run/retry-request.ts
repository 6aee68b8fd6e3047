import { toWireOptions, type WireOptions } from '../../canvas/index.ts';
import { NotSupportedError } from '../../errors.ts';
import type { Job, RetryRequest } from '../../pool/index.ts';
import {
  argsRepr,
  type Body,
  type Content,
  isCompression,
  kwargsRepr,
  toRemoteError,
} from '../../protocol/index.ts';
import { durationToMs, type Millis } from '../../util/index.ts';
import type { AnyTask } from '../app.ts';
import type { RetryOptions } from '../control.ts';
import { encodeWithin } from '../payload-limit.ts';

/** The retry's own, in our spelling. */
const own: readonly string[] = ['countdown', 'eta', 'exc', 'args', 'kwargs', 'maxRetries'];

/** What was run, and is to be run again. */
interface RetriedRun {
  readonly job: Job;
  readonly body: Body;
}

/** Send options that a next message can have in place of the old one's, in Celery's spelling. */
const changeable: ReadonlySet<string> = new Set([
  'queue',
  'priority',
  'expires',
  'headers',
  'ignore_result',
  'shadow',
  'time_limit',
  'soft_time_limit',
  'argsrepr',
  'kwargsrepr',
]);

/**
 * Turns what a task asked for into what its next message needs.
 * @throws EncodeError for new arguments that have no form; PayloadTooLargeError, ConfigError, NotSupportedError for options
 */
export function retryRequest(
  options: RetryOptions,
  task: AnyTask,
  { job, body }: RetriedRun,
  nowMs: Millis,
): RetryRequest {
  return {
    dueMs: dueOf(options, task, nowMs),
    error: options.exc === undefined ? null : toRemoteError(options.exc),
    replacement: replacementOf(options, task, { job, body }),
    options: changesIn(options),
  };
}

/** @throws ConfigError for what is no time */
function dueOf({ eta, countdown }: RetryOptions, task: AnyTask, nowMs: Millis): Millis {
  const wire = toWireOptions({ eta, countdown });
  if (eta && wire['eta'] !== undefined) return eta.getTime();
  const { countdown: seconds } = wire;
  const { defaultRetryDelay } = task.options;
  return nowMs + (typeof seconds === 'number' ? seconds * 1000 : durationToMs(defaultRetryDelay));
}

function replacementOf(
  options: RetryOptions,
  task: AnyTask,
  { job, body }: RetriedRun,
): RetryRequest['replacement'] {
  // an object is written anew too: what is tried again is of protocol 2
  if (!options.args && !options.kwargs && !body.isObject) return null;
  const args = options.args ?? body.args;
  const kwargs = options.kwargs ?? body.kwargs;
  return {
    ...rewritten({ ...body, args, kwargs }, task, job),
    argsrepr: argsRepr(args),
    kwargsrepr: kwargsRepr(kwargs),
  };
}

/** The new body is written as the old one was; in the clear where that can only be read. */
function rewritten(
  body: Body,
  task: AnyTask,
  { contentType, compression: old }: Job,
): Pick<Content, 'body' | 'compression'> {
  const serializer = contentType ?? undefined;
  const compression = old !== null && isCompression(old) ? old : undefined;
  const { settings, security } = task.app;
  const { jsonTypes: types, taskMaxPayload: maxBytes } = settings;
  const limit = { taskName: task.name, maxBytes };
  const options = { types, serializer, compression, auth: security?.auth };
  const content = encodeWithin(body, options, limit);
  return { body: content.body, compression: content.compression };
}

function changesIn(options: RetryOptions): WireOptions | null {
  if ('throw' in options) {
    throw new NotSupportedError(
      "retry() takes no 'throw': it gives what the task is to throw, `throw task.retry()`",
    );
  }
  const wire = toWireOptions(options, own);
  const names = Object.keys(wire);
  const fixed = names.find((name) => !changeable.has(name));
  if (fixed !== undefined) {
    throw new NotSupportedError(
      `retry() cannot change '${fixed}'; a next try can have its own ${[...changeable].join(', ')}`,
    );
  }
  return names.length === 0 ? null : wire;
}
