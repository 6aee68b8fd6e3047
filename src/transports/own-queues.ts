import type { QueueSpec } from '../protocol/index.ts';
import { type Binding, bindingsOf, newBroadcastName } from './exchanges.ts';

/** A consumer's own queue, and what it is called by people. */
export interface OwnQueue {
  readonly queue: string;
  readonly name: string;
  readonly bindings: readonly Binding[];
}

/** New queues for a consumer, for the broadcast ones of these. */
export function newOwnQueues(specs: readonly QueueSpec[]): OwnQueue[] {
  return specs
    .filter((spec) => spec.isBroadcast)
    .map((spec) => {
      const queue = newBroadcastName();
      return { queue, name: spec.name, bindings: bindingsOf(spec, queue) };
    });
}
