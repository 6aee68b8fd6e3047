import type { GroupStore, ResultReader } from '../../backends/index.ts';
import { BackendMissingError, NotSupportedError, ResultTimeoutError } from '../../errors.ts';
import { type ControlCommand, isFinal, type ResultMeta } from '../../protocol/index.ts';
import type { ResultHost } from '../../results/index.ts';

/** What tasks that ran here have come to. It lives as long as the handles on it. */
export class EagerResults implements ResultReader, ResultHost {
  /** Those of the app: whoever keeps a group wants to find it again. */
  readonly groups: GroupStore = {
    save: async (group) => (await this.#appGroups()).save(group),
    find: async (groupId) => (await this.#appGroups()).find(groupId),
    delete: async (groupId) => (await this.#appGroups()).delete(groupId),
  };
  readonly #metas = new Map<string, ResultMeta>();
  readonly #backend: () => Promise<ResultReader | null>;

  /** @param backend - where the app's results are; null: they are off. */
  constructor(backend: () => Promise<ResultReader | null>) {
    this.#backend = backend;
  }

  /** There are no workers to tell: as in Celery, what is revoked is REVOKED from now on, though it has run. */
  async tell({ method, arguments: given }: ControlCommand): Promise<void> {
    if (method !== 'revoke') return;
    for (const taskId of [given['task_id']].flat()) this.keep(revoked(String(taskId)));
  }

  keep(meta: ResultMeta): void {
    this.#metas.set(meta.taskId, meta);
  }

  async find(taskId: string): Promise<ResultMeta | undefined> {
    return this.#metas.get(taskId);
  }

  async findMany(taskIds: readonly string[]): Promise<ReadonlyMap<string, ResultMeta>> {
    const metas = new Map<string, ResultMeta>();
    for (const id of taskIds) {
      const meta = this.#metas.get(id);
      if (meta) metas.set(id, meta);
    }
    return metas;
  }

  /** All that will ever happen has happened: who has no final state now, as it was ignored, will have none. */
  async wait(taskId: string): Promise<ResultMeta> {
    const meta = this.#metas.get(taskId);
    if (!meta || !isFinal(meta.status)) throw new ResultTimeoutError(taskId, 0);
    return meta;
  }

  async forget(taskId: string): Promise<void> {
    this.#metas.delete(taskId);
  }

  async close(): Promise<void> {}

  async #appGroups(): Promise<GroupStore> {
    const reader = await this.#backend();
    if (!reader) throw new BackendMissingError();
    if (reader.groups) return reader.groups;
    throw new NotSupportedError('this result backend cannot keep groups');
  }
}

function revoked(taskId: string): ResultMeta {
  const error = {
    ...{ type: 'TaskRevokedError', module: 'celery.exceptions', args: ['revoked'] },
    traceback: null,
  };
  return {
    ...{ taskId, status: 'REVOKED', result: undefined, error, traceback: null, children: [] },
    ...{ dateDone: null, groupId: null, parentId: null },
  };
}
