import { EncodeError, MessageUnroutableError, summaryOf } from '../errors.ts';
import type { Completion, ConsumeOptions, Settle } from './transport.ts';

/** What a broker needs to know of a completion, in whatever form it has its messages. */
type Replaceable<Form> = Pick<Completion, 'settle'> & {
  readonly instead?: ((error: Error) => Form) | undefined;
};

/** Whether a message cannot be sent, however often that is tried: it has no queue to go to, or no form on the wire. */
export function isUnsendable(error: unknown): error is EncodeError | MessageUnroutableError {
  return error instanceof MessageUnroutableError || error instanceof EncodeError;
}

/**
 * What is applied in place of a completion of which a message cannot be sent, now or later: the task becomes a dead letter.
 * What is to be sent because of that may be no better, and is left out then.
 * @param bare - the completion without its messages
 */
export function insteadOf<Form extends Replaceable<Form>>(
  bare: Form,
  error: Error,
  onNotice: ConsumeOptions['onNotice'],
): Form {
  const reason = `what follows it cannot be published: ${summaryOf(error)}`;
  onNotice('error', `dead-lettered a task: ${reason}`);
  return bare.instead?.(error) ?? { ...bare, settle: unsentSettle(bare.settle, reason) };
}

/**
 * A message that is there no more cannot be a dead letter, and one that is to be one has a better reason; the end of a chord
 * has none.
 */
export function unsentSettle(settle: Settle, reason: string): Settle {
  return settle.kind === 'ack' || settle.kind === 'requeue'
    ? { kind: 'dead-letter', reason }
    : settle;
}
