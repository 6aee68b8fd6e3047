import type { ResultReader } from '../backends/index.ts';
import type { ResultMeta } from '../protocol/index.ts';
import type { Stored } from './result-handle.ts';

/**
 * What is stored of many tasks, in their order. Those whose states may still change are read, in one read for all of a store.
 * @throws ResultIgnoredError, BackendMissingError
 */
export async function readMany(
  tasks: readonly Stored[],
): Promise<readonly (ResultMeta | undefined)[]> {
  const open = new Map<ResultReader, Stored[]>();
  for (const task of tasks) {
    const reader = await task.reader();
    if (task.final) continue;
    const some = open.get(reader);
    if (some) some.push(task);
    else open.set(reader, [task]);
  }
  const found = new Map<Stored, ResultMeta>();
  for (const [reader, some] of open) {
    const metas = await reader.findMany(some.map(({ id }) => id));
    for (const task of some) {
      const meta = metas.get(task.id);
      if (meta) found.set(task, task.note(meta));
    }
  }
  return tasks.map((task) => task.final ?? found.get(task));
}
