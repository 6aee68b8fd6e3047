import type { ResultReader } from '../../backends/index.ts';
import { bodyErrbacks, planBody, undoneBody } from '../../canvas/index.ts';
import { BackendMissingError, ConfigError, type RemoteError, summaryOf } from '../../errors.ts';
import type { Replacement } from '../../pool/index.ts';
import {
  parseSignature,
  type ResultMeta,
  type ResultTuple,
  type SignatureData,
} from '../../protocol/index.ts';
import type { RetryOptions } from '../control.ts';
import { type ChordInput, gatherInput } from '../run/chord-input.ts';
import { bodyError } from '../run/chord-parts.ts';
import { chordFailure } from '../run/failures.ts';
import { Handover } from '../run/replacement.ts';
import type { RunContext } from '../run/run-context.ts';
import type { Builtin } from './builtin-task.ts';

/**
 * Looks, again and again, whether all members of a chord have ended, and then sends its body: for senders whose result
 * backend cannot count. What it sends leaves together with the acknowledgement of its own message.
 */
export const chordUnlock: Builtin = {
  name: 'celery.chord_unlock',
  params: ['group_id', 'callback', 'interval?', 'max_retries?', 'result?'],
  options: { ignoreResult: true, maxRetries: null },
  async run(context, groupId, callback, interval, maxRetries, result) {
    const body = parseSignature(callback, `${context.name}() argument 'callback'`);
    const group: ResultTuple = [[String(groupId), null], tuplesIn(result)];
    const { resultChordRetryInterval, resultChordJoinTimeout } = context.app.settings;
    const countdown = typeof interval === 'number' ? interval : resultChordRetryInterval;
    const again = { countdown, maxRetries: typeof maxRetries === 'number' ? maxRetries : null };
    const reader = await context.app.backend();
    if (!reader) throw new BackendMissingError();
    let found: ReadonlyMap<string, ResultMeta>;
    try {
      found = await findAll(reader, leavesOf(group), resultChordJoinTimeout * 1_000);
    } catch (exc) {
      throw lookAgain(context, body, { ...again, exc });
    }
    const input = gatherInput({ size: leavesOf(group).length, members: [], group }, found);
    if (input.kind === 'missing') throw lookAgain(context, body, again);
    throw new Handover(endOf(context, body, input));
  },
};

/** Its retry; once there is none left, the end of the body, as nobody else will look. */
function lookAgain(context: RunContext, body: SignatureData, options: RetryOptions): Error {
  if (context.mayRetry(options.maxRetries)) return context.retry(options);
  const looks = context.request.retries + 1;
  const why = options.exc === undefined ? '' : `: ${summaryOf(options.exc)}`;
  const error = chordFailure(`Join error: not complete after ${looks} looks${why}`);
  return new Handover(brokenBody(context, body, error));
}

function endOf(context: RunContext, body: SignatureData, input: ChordInput): Replacement {
  if (input.kind === 'failed') return brokenBody(context, body, bodyError(body, input.failed));
  if (input.kind !== 'results')
    throw new TypeError(`a chord that is polled is never ${input.kind}`);
  const { app, request } = context;
  const options = { ...body.options, root_id: request.rootId, parent_id: request.id };
  try {
    const planned = planBody({ ...body, options }, input.text, context.terms);
    const { tasks, chords = [], groups = [] } = planned;
    return { messages: app.compose(tasks), chords, groups };
  } catch (error) {
    const failure = chordFailure(`Callback error: ${summaryOf(error)}`);
    return brokenBody(context, body, failure);
  }
}

function brokenBody(
  { app, terms }: RunContext,
  body: SignatureData,
  error: RemoteError,
): Replacement {
  const { tasks, chords = [], groups = [] } = bodyErrbacks(body, terms);
  const lost = { ids: undoneBody(body).ids, error };
  return { messages: app.compose(tasks), chords, groups, lost };
}

/** What is known of tasks. Rejects when the store takes too long. */
async function findAll(
  reader: ResultReader,
  ids: readonly string[],
  timeoutMs: number,
): Promise<ReadonlyMap<string, ResultMeta>> {
  const signal = AbortSignal.timeout(timeoutMs);
  return Promise.race([reader.findMany(ids), aborted(signal)]);
}

function tuplesIn(value: unknown): readonly ResultTuple[] {
  if (!Array.isArray(value)) {
    throw new ConfigError("celery.chord_unlock() takes a list of handles as 'result'");
  }
  return value; // as their sender made them
}

function leavesOf([[id], children]: ResultTuple): readonly string[] {
  return children === null ? [id] : children.flatMap(leavesOf);
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
