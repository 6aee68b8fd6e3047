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

/** Turns what a task asked for into what its next message needs. @throws EncodeError for new arguments that have no form. */
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
