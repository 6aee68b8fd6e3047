/** How an exchange chooses among the queues bound to it. */
export type ExchangeType = 'direct' | 'topic' | 'fanout';

/** Whether these are priorities that may be kept apart: whole numbers that rise from 0 to 9 at most. */
export function isPrioritySteps(steps: unknown): steps is readonly number[] {
  if (!Array.isArray(steps) || steps[0] !== 0) return false;
  return steps.every((step: unknown, at) => {
    const isRising = at === 0 || Number(step) > Number(steps[at - 1]);
    return Number.isInteger(step) && Number(step) <= 9 && isRising;
  });
}

/** An exchange: what messages are sent to when they are not sent straight into a queue. */
export interface ExchangeSpec {
  readonly name: string;
  readonly type: ExchangeType;
}

/** What brings an exchange's messages into a queue. */
export interface BindingSpec {
  readonly exchange: ExchangeSpec;
  /** Equal to a message's routing key (direct), a pattern for it (topic), or of no meaning (fanout). */
  readonly routingKey: string;
}

/** A queue and how messages come into it. Data only; `''` as an exchange's name is the default one. */
export interface QueueSpec {
  /** What `-Q` and routes call it. */
  readonly name: string;
  readonly bindings: readonly BindingSpec[];
  /**
   * Each consumer has a queue of its own, which goes with it, so that each gets every message: Kombu's
   * `Broadcast`. Its bindings are to fanout exchanges.
   */
  readonly isBroadcast: boolean;
}

/** The way of a message through an exchange. */
export interface Route {
  readonly exchange: ExchangeSpec;
  readonly routingKey: string;
  /** Queues whose bindings the sender knows, and makes sure of. */
  readonly declare: readonly QueueSpec[];
}
