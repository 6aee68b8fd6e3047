import { ConfigError } from '../errors.ts';

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
}

/** Kombu's. */
export const defaultLayout: LayoutOptions = {
  prioritySteps: [0, 3, 6, 9],
  sep: '\x06\x16',
  fanoutPrefix: true,
  fanoutPatterns: true,
  unackedKey: 'unacked',
  unackedIndexKey: 'unacked_index',
};

/** The largest step that is not above a message's priority; what has none counts as 0. */
export function stepFor(steps: readonly number[], priority: unknown): number {
  const wanted = typeof priority === 'number' ? priority : 0;
  return steps.findLast((step) => step <= wanted) ?? 0;
}

/** @returns what is wrong with steps, undefined if nothing is. */
export function stepsProblem(steps: readonly unknown[]): string | undefined {
  const isSound =
    steps[0] === 0 &&
    steps.every((step, at) => {
      return (
        Number.isInteger(step) &&
        Number(step) <= 9 &&
        (at === 0 || Number(step) > Number(steps[at - 1]))
      );
    });
  return isSound ? undefined : 'must be whole numbers that rise from 0 to 9 at most';
}

/** @throws ConfigError for steps that leave a message without a place */
export function completeLayout(given: Partial<LayoutOptions> = {}): LayoutOptions {
  const layout = { ...defaultLayout, ...given };
  const problem = stepsProblem(layout.prioritySteps);
  if (problem)
    throw new ConfigError(`'prioritySteps' ${problem}, got ${layout.prioritySteps.join(', ')}`);
  return layout;
}
