import { toWireOptions, type WireOptions } from '../../canvas/index.ts';
import { NotSupportedError } from '../../errors.ts';
import type { RetryRequest } from '../../pool/index.ts';
import {
  argsRepr,
  type decodeBody,
  encodeBody,
  kwargsRepr,
  toRemoteError,
} from '../../protocol/index.ts';
import { durationToMs, type Millis } from '../../util/index.ts';
import type { AnyTask } from '../app.ts';
import type { RetryOptions } from '../control.ts';

/** The retry's own, in our spelling. */
const own: readonly string[] = ['countdown', 'eta', 'exc', 'args', 'kwargs', 'maxRetries'];

/** Send options that a next message can have in place of the old one's, in Celery's spelling. */
const changeable: ReadonlySet<string> = new Set([
  'queue',
  'priority',
  'expires',
  'headers',
  'ignore_result',
]);

/**
 * Turns what a task asked for into what its next message needs.
 * @throws EncodeError for new arguments that have no form; ConfigError, NotSupportedError for options
 */
export function retryRequest(
  options: RetryOptions,
  task: AnyTask,
  body: ReturnType<typeof decodeBody>,
  nowMs: Millis,
): RetryRequest {
  return {
    dueMs: dueOf(options, task, nowMs),
    error: options.exc === undefined ? null : toRemoteError(options.exc),
    replacement: replacementOf(options, task, body),
    options: changesIn(options),
  };
}

function dueOf({ eta, countdown }: RetryOptions, task: AnyTask, nowMs: Millis): Millis {
  if (eta) return eta.getTime();
  return nowMs + durationToMs(countdown ?? task.options.defaultRetryDelay);
}

function replacementOf(
  options: RetryOptions,
  task: AnyTask,
  body: ReturnType<typeof decodeBody>,
): RetryRequest['replacement'] {
  if (!options.args && !options.kwargs) return null;
  const args = options.args ?? body.args;
  const kwargs = options.kwargs ?? body.kwargs;
  return {
    body: encodeBody(args, kwargs, body.embed, { types: task.app.settings.jsonTypes }),
    argsrepr: argsRepr(args),
    kwargsrepr: kwargsRepr(kwargs),
  };
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
