import type { ChordCounts } from '../../backends/index.ts';
import {
  type Extras,
  endsInGroup,
  handleOf,
  noExtras,
  type ResultOf,
  resultIdIn,
  type Sent,
  type WholeSignature,
} from '../../canvas/index.ts';
import { CeleriacError, ConfigError, NotSupportedError, summaryOf } from '../../errors.ts';
import type { SignatureData } from '../../protocol/index.ts';
import type { AsyncResult } from '../../results/index.ts';
import type { App } from '../app.ts';
import type { TaskContext } from '../context.ts';
import { isSignature } from './replacement.ts';

/** How a chord gets another member: what counts its parts, and what sends the member. */
export interface ChordAdding {
  /** undefined: nothing counts. */
  readonly chords: ChordCounts | undefined;
  readonly send: (signature: SignatureData, extras: Extras) => Promise<Sent>;
}

/** What adds, and which id a member gets that has none. */
export interface Adder {
  readonly context: TaskContext<object>;
  readonly memberId: (member: SignatureData) => string;
}

/** By way of the app, as for all that a task sends. */
export async function addingBy(app: App): Promise<ChordAdding> {
  const chords = (await app.backend())?.chords;
  return { chords, send: (signature, extras) => app.send(signature, extras, {}) };
}

/**
 * Sends one more member of the chord's header that a task is a part of. The chord learns of it first, so that it is not
 * complete in between; it waits for the task that asks anyway. A member's id is the same when the task's message is delivered once
 * more, so that neither the chord grows nor the member counts twice. Of one that may have been sent nothing is taken back: a body
 * without it would lack a result. Source: `Task.add_to_chord` in Celery's `app/task.py`.
 */
export async function addToChord<Whole extends WholeSignature>(
  { context: { name, request, logger }, memberId }: Adder,
  signature: Whole,
  adding: () => Promise<ChordAdding>,
): Promise<AsyncResult<ResultOf<Whole>>> {
  if (!isSignature(signature)) {
    const seen = signature === null ? 'null' : typeof signature;
    throw new ConfigError(`addToChord() takes a signature such as task.s(1, 2), got ${seen}`);
  }
  const { data } = signature;
  const { groupId, chord } = request;
  if (!chord || groupId === null) {
    throw new ConfigError(
      `task '${name}' is not in the header of a chord, so that it cannot add to one; send '${data.task}' by itself`,
    );
  }
  if (endsInGroup(data)) {
    throw new ConfigError(
      `addToChord() takes one part at a time, and '${data.task}' is or ends in a group; call it for each member`,
    );
  }
  const { chords, send } = await adding();
  if (!chords) {
    throw new NotSupportedError(
      `task '${name}' cannot add to its chord, as no result backend counts the parts of chords here`,
    );
  }
  const id = resultIdIn(data) ?? memberId(data);
  await chords.grow(groupId, id);
  try {
    const options = { task_id: id, group_id: groupId, chord };
    return handleOf(await send(data, { ...noExtras, options }));
  } catch (error) {
    if (!mayBeSent(error)) await shrink(chords, { groupId, id }, logger);
    throw error;
  }
}

/** Whether a message may be on its way though sending it has failed. */
function mayBeSent(error: unknown): boolean {
  if (!(error instanceof CeleriacError))
    return error instanceof Error && error.name === 'AbortError';
  return error.code === 'SEND_TIMEOUT' || error.code === 'BROKER_UNAVAILABLE';
}

/** Why nothing was sent is what the task is to learn, whatever becomes of this. */
async function shrink(
  chords: ChordCounts,
  { groupId, id }: { groupId: string; id: string },
  logger: TaskContext['logger'],
): Promise<void> {
  try {
    await chords.shrink(groupId, id);
  } catch (error) {
    const what = `chord ${groupId} waits for a member that was not sent, and could not be told so`;
    logger.error(`${what}: ${summaryOf(error)}; it ends only if this task fails`);
  }
}
