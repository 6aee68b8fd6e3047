import type { RemoteError } from '../../errors.ts';
import type { Outcome } from '../../pool/index.ts';
import type { Settle } from '../../transports/index.ts';

/** The task's options that decide what becomes of its message. */
export interface AckPolicy {
  readonly acksLate: boolean;
  readonly acksOnFailureOrTimeout: boolean;
  readonly rejectOnWorkerLost: boolean;
  /** Deliveries that may end in a lost worker. */
  readonly deliveryLimit: number;
}

/** What to tell the broker; `redeliver` puts the message back with its deliveries counted up. */
export type Settlement = Settle | Readonly<{ kind: 'redeliver' }>;

/**
 * What becomes of a message once its task has run.
 * @param deliveries - of this message that ended in a lost worker before this one.
 * Source: `on_failure` in Celery's `request.py`; the limit is ours.
 */
export function settlementFor(
  outcome: Pick<Outcome, 'kind'> &
    Readonly<{ requeue?: boolean; reason?: string; error?: RemoteError | null }>,
  policy: AckPolicy,
  deliveries: number,
): Settlement {
  const reason = outcome.reason ?? outcome.kind;
  if (!policy.acksLate) return { kind: 'kept' }; // its message is gone since before it ran
  switch (outcome.kind) {
    case 'success':
    case 'retry':
    case 'ignored':
    case 'replaced':
      return { kind: 'ack' };
    case 'rejected':
      return outcome.requeue ? { kind: 'requeue' } : { kind: 'dead-letter', reason };
    case 'worker-lost':
      if (!policy.rejectOnWorkerLost) return { kind: 'ack' };
      if (deliveries + 1 < policy.deliveryLimit) return { kind: 'redeliver' };
      return { kind: 'dead-letter', reason: deliveryLimitReason(policy.deliveryLimit, reason) };
    case 'failure':
      if (policy.acksOnFailureOrTimeout) return { kind: 'ack' };
      return { kind: 'dead-letter', reason: `task failed${errorText(outcome.error)}` };
    case 'malformed':
      return { kind: 'dead-letter', reason };
  }
}

/** What a task failed with, for people: an error's message is mostly its only argument. */
function errorText(error: RemoteError | null | undefined): string {
  if (!error) return '';
  const [message] = error.args;
  return `: ${error.type}${typeof message === 'string' ? `: ${message}` : ''}`;
}

/** Says in a dead letter's history that a message was given up, and why its last worker was lost. */
export function deliveryLimitReason(limit: number, last: string): string {
  return `delivered ${limit} times to workers that died with it; last: ${last}`;
}
