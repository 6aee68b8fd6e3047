import { ResultTimeoutError } from '../errors.ts';
import type { ResultMeta } from '../protocol/index.ts';
import { createDeferred, type Millis } from '../util/index.ts';
import { openDeadline, untilAborted, withDeadline } from './deadline.ts';
import { endOf } from './ending.ts';
import { type GetOptions, timeoutMsOf } from './get-options.ts';
import type { Ending, Handle, WaitTerms } from './result-handle.ts';

/** Results that are waited for together. */
export interface Joined {
  /** What they are called in an error. */
  readonly id: string;
  readonly members: readonly Handle[];
  /** What came before all of them: they never run if it did not succeed. */
  readonly before: Handle | null;
  /** Whether all have ended. */
  ready(): Promise<boolean>;
}

/** What one of many has come to, and which it is. */
interface Arrival {
  readonly index: number;
  readonly ended: Ending | { readonly thrown: unknown };
}

/** The values of all, in their order. One deadline is that of all, and no more than one timer. */
export async function joinAll(joined: Joined, options: GetOptions): Promise<unknown[]> {
  const deadline = await deadlineOf(joined, options);
  return withDeadline(deadline, (signal) => valuesOf(joined, termsOf(options, signal), options));
}

/** The same within the waiting of others. */
export async function valuesOf(
  joined: Joined,
  terms: WaitTerms,
  { callback }: Pick<GetOptions, 'callback'> = {},
): Promise<unknown[]> {
  const failures = failuresOf(joined, terms);
  const values = joined.members.map(async (member) => {
    const ended = await endingOf(member, failures, terms);
    return givenBy(ended, terms, callback && ((value) => callback(member.id, value)));
  });
  return Promise.all(values);
}

/** Each value as soon as it is there, with its place. Ends the waiting for the others when it is left. */
export async function* iterateAll(
  joined: Joined,
  options: GetOptions,
): AsyncGenerator<[index: number, value: unknown], void, undefined> {
  const { members } = joined;
  const deadline = openDeadline(await deadlineOf(joined, options));
  const terms = termsOf(options, deadline.signal);
  const failures = failuresOf(joined, terms);
  let arrivals: Arrival[] = [];
  let arrived = createDeferred();
  const arrive = (arrival: Arrival): void => {
    arrivals.push(arrival);
    arrived.resolve();
  };
  try {
    for (const [index, member] of members.entries()) {
      endingOf(member, failures, terms).then(
        (ended) => arrive({ index, ended }),
        (thrown: unknown) => arrive({ index, ended: { thrown } }),
      );
    }
    for (let left = members.length; left > 0; ) {
      await untilAborted(arrived.promise, deadline.signal);
      arrived = createDeferred();
      const some = arrivals;
      arrivals = [];
      for (const { index, ended } of some) {
        if ('thrown' in ended) throw ended.thrown;
        left -= 1;
        yield [
          index,
          givenBy(ended, terms, (value) => options.callback?.(idAt(members, index), value)),
        ];
      }
    }
  } finally {
    deadline.close();
  }
}

function idAt(members: readonly Handle[], index: number): string {
  return members[index]?.id ?? '';
}

/** @throws ResultTimeoutError if there is no time and not all are there */
async function deadlineOf(joined: Joined, options: GetOptions) {
  const ms: Millis | undefined = timeoutMsOf(options);
  const onTimeUp = () => new ResultTimeoutError(joined.id, (ms ?? 0) / 1000);
  if (ms === 0 && !(await joined.ready())) throw onTimeUp();
  return { ms: ms === 0 ? undefined : ms, onTimeUp, signal: options.signal };
}

function termsOf({ propagate, followParents }: GetOptions, signal: AbortSignal): WaitTerms {
  return { signal, propagate: propagate !== false, followParents: followParents !== false };
}

/** What would keep the members from running. Nobody listens to it where there are none. */
function failuresOf(
  { members, before }: Joined,
  { signal, followParents }: WaitTerms,
): readonly Promise<ResultMeta>[] {
  return followParents && members.length > 0 ? (before?.failures(signal) ?? []) : [];
}

function endingOf(
  member: Handle,
  failures: readonly Promise<ResultMeta>[],
  terms: WaitTerms,
): Promise<Ending> {
  const own = member.ending(terms);
  if (failures.length === 0) return own;
  return Promise.race([own, ...failures.map((each) => each.then(endOf))]);
}

/** @throws what it ended with, if errors are thrown */
function givenBy(
  { value, error }: Ending,
  { propagate }: WaitTerms,
  tell?: (value: unknown) => void,
): unknown {
  if (error && propagate) throw error;
  const given = error ?? value;
  tell?.(given);
  return given;
}
