import type { Overtaken } from './fairness.ts';

/** Which waiting messages come first. */
export interface ClaimOrder {
  readonly queues: readonly string[];
  /** Priority steps, in the order in which they are served. */
  readonly steps: readonly number[];
  readonly limit: number;
  /** What to take first, so that nothing starves. */
  readonly overtaken: Overtaken;
}

/** Where messages are taken from. */
export interface Waiting<Message> {
  /** Takes the first messages of a queue and step. */
  take(queue: string, step: number, limit: number): readonly Message[];
  /** Whether any of the queues has a message in a step below this one. */
  hasBelow(queues: readonly string[], step: number): boolean;
}

/** What was taken. */
export interface TakenInOrder<Message> {
  readonly messages: readonly Message[];
  /** See `Fairness`. */
  readonly turn: number;
  readonly overtook: number;
}

/** Takes the first messages: all queues of one priority step before the next step. */
export function takeInOrder<Message>(
  order: ClaimOrder,
  waiting: Waiting<Message>,
): TakenInOrder<Message> {
  const { queues, steps, limit } = order;
  const { messages, turn } = takeOvertaken(order, waiting);
  const first = messages.length;
  if (first === limit) return { messages, turn, overtook: 0 };
  for (const [at, step] of steps.entries()) {
    for (const queue of queues) {
      messages.push(...waiting.take(queue, step, limit - messages.length));
      if (messages.length < limit) continue;
      const isOvertaking = at < steps.length - 1 && waiting.hasBelow(queues, step);
      return { messages, turn, overtook: isOvertaking ? messages.length - first : 0 };
    }
  }
  return { messages, turn, overtook: 0 };
}

/** What is taken from lower steps first, from each in turn. */
function takeOvertaken<Message>(
  { queues, steps, limit, overtaken }: ClaimOrder,
  waiting: Waiting<Message>,
): { messages: Message[]; turn: number } {
  const lower = steps.length - 1;
  const messages: Message[] = [];
  let turn = overtaken.turn;
  const takeFrom = (at: number): boolean => {
    for (const queue of queues) {
      const found = waiting.take(queue, steps[at] ?? 0, 1);
      messages.push(...found);
      if (found.length === 0) continue;
      turn = at;
      return true;
    }
    return false;
  };
  for (let left = Math.min(overtaken.count, limit); left > 0; left--) {
    const from = turn;
    const places = Array.from({ length: lower }, (_, offset) => 1 + ((from + offset) % lower));
    if (!places.some(takeFrom)) break;
  }
  return { messages, turn };
}
