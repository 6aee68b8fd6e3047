import { handleOf, noExtras, type ResultOf, type WholeSignature } from '../../canvas/index.ts';
import { ConfigError, NotSupportedError } from '../../errors.ts';
import type { AsyncResult } from '../../results/index.ts';
import type { TaskContext } from '../context.ts';

/**
 * Sends one more member of the chord's header that a task is a part of. The chord learns of it first, so that it is not
 * complete in between; it waits for the task that asks anyway. Source: `Task.add_to_chord` in Celery's `app/task.py`.
 */
export async function addToChord<Whole extends WholeSignature>(
  { app, name, request }: TaskContext<object>,
  { data }: Whole,
): Promise<AsyncResult<ResultOf<Whole>>> {
  const { groupId, chord } = request;
  if (!chord || groupId === null) {
    throw new ConfigError(
      `task '${name}' is not in the header of a chord, so that it cannot add to one; send '${data.task}' by itself`,
    );
  }
  if (data.subtask_type === 'group') {
    throw new ConfigError(
      'addToChord() takes one task at a time; call it for each member of the group',
    );
  }
  const chords = (await app.backend())?.chords;
  if (!chords) {
    throw new NotSupportedError(
      `task '${name}' cannot add to its chord, as no result backend counts the parts of chords here`,
    );
  }
  await chords.grow(groupId, 1);
  try {
    const options = { group_id: groupId, chord };
    return handleOf(await app.send(data, { ...noExtras, options }, {}));
  } catch (error) {
    await chords.grow(groupId, -1);
    throw error;
  }
}
