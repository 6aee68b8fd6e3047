import { ConfigError } from '../errors.ts';
import { isPrioritySteps } from '../protocol/index.ts';

/** How messages are laid out in the store: all who share queues must have the same. Names are Kombu's. */
export interface LayoutOptions {
  /** Priorities that have a list of their own; a message goes to the largest that is not above its own. */
  readonly prioritySteps: readonly number[];
  /** Between a queue's name and its step, and between the parts of a binding's row. Redis only. */
  readonly sep: string;
  /** Before the channels of fanout exchanges, `{db}` standing for the database; true for `/{db}.`, false for none. */
  readonly fanoutPrefix: boolean | string;
  /** Whether a fanout message's routing key is a part of its channel. Redis only. */
  readonly fanoutPatterns: boolean;
  /** Where a Redis keeps claims. */
  readonly unackedKey: string;
  /** Where a Redis keeps the times of claims. */
  readonly unackedIndexKey: string;
  /** Begins every key and channel in a Redis, as it stands. */
  readonly globalKeyprefix: string;
  /** Ours: begins the channels that senders are told of results on; the result backend's own prefix. Redis only. */
  readonly resultKeyprefix: string;
}

/** Kombu's. */
export const defaultLayout: LayoutOptions = {
  prioritySteps: [0, 3, 6, 9],
  sep: '\x06\x16',
  fanoutPrefix: true,
  fanoutPatterns: true,
  unackedKey: 'unacked',
  unackedIndexKey: 'unacked_index',
  globalKeyprefix: '',
  resultKeyprefix: '',
};

/** The largest step that is not above a message's priority; what has none counts as 0. */
export function stepFor(steps: readonly number[], priority: unknown): number {
  if (priority === 0) return 0; // the first step, and nearly every message's
  const wanted = typeof priority === 'number' ? priority : 0;
  return steps.findLast((step) => step <= wanted) ?? 0;
}

/** @throws ConfigError for steps that leave a message without a place */
export function completeLayout(given: Partial<LayoutOptions> = {}): LayoutOptions {
  const layout = { ...defaultLayout, ...given };
  const { prioritySteps } = layout;
  if (!isPrioritySteps(prioritySteps)) {
    const given = JSON.stringify(prioritySteps);
    throw new ConfigError(
      `'prioritySteps' must be whole numbers that rise from 0 to 9 at most, got ${given}`,
    );
  }
  return layout;
}
