import { cannotCountChords, countsChords, type ResultReader } from '../backends/index.ts';
import type { Plan } from '../canvas/index.ts';
import { BackendMissingError, SendTimeoutError } from '../errors.ts';
import { withDeadline } from '../results/index.ts';
import { type Millis, redactUrl } from '../util/index.ts';

/** Where chords begin, and how long that may take. */
export interface BeginningTerms {
  /** null: results are off. */
  readonly reader: () => Promise<ResultReader | null>;
  /** For errors; its password is not shown. */
  readonly backendUrl: string | null;
  readonly deadlineMs: Millis;
  readonly signal: AbortSignal | undefined;
}

type Beginning = Pick<Plan, 'chords' | 'groups'>;

/** Whether something is to be known before the messages of a plan are sent. */
export function beginsChords({ chords, groups }: Beginning): boolean {
  return (chords !== undefined && chords.length > 0) || (groups !== undefined && groups.length > 0);
}

/** Whether the parts of chords are counted, see `countsChords`. @throws SendTimeoutError */
export async function willCount(terms: BeginningTerms): Promise<boolean> {
  return countsChords(await inTime(terms, terms.reader));
}

/**
 * Says how many parts chords have, and what the groups in their headers are made of: before a message is sent, as the last
 * one that runs must know. @throws BackendMissingError, NotSupportedError, SendTimeoutError
 */
export function beginChords(plans: readonly Beginning[], terms: BeginningTerms): Promise<void> {
  return inTime(terms, (shownUrl) => begin(plans, terms.reader, shownUrl));
}

function inTime<Result>(
  { backendUrl, deadlineMs, signal }: BeginningTerms,
  work: (shownUrl: string) => Promise<Result>,
): Promise<Result> {
  const shownUrl = backendUrl === null ? '' : redactUrl(backendUrl);
  const what = `'${shownUrl}' has not confirmed what a chord begins with`;
  const onTimeUp = () =>
    new SendTimeoutError(`${what} within ${deadlineMs / 1000} s; is the backend up?`);
  return withDeadline({ ms: deadlineMs, onTimeUp, signal }, () => work(shownUrl));
}

async function begin(
  plans: readonly Beginning[],
  read: BeginningTerms['reader'],
  shownUrl: string,
): Promise<void> {
  const reader = await read();
  if (!reader) throw new BackendMissingError();
  const chords = plans.flatMap((plan) => plan.chords ?? []);
  const groups = plans.flatMap((plan) => plan.groups ?? []);
  const { chords: counts, groups: store } = reader;
  if ((chords.length > 0 && !counts) || (groups.length > 0 && !store)) {
    throw cannotCountChords(shownUrl);
  }
  const saves = groups.map((group) => store?.save(group));
  await Promise.all([...saves, chords.length > 0 ? counts?.open(chords) : undefined]);
}
