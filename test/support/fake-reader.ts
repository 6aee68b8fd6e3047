import type { GroupStore, ResultReader } from '../../src/backends/index.ts';
import { isFinal, type ResultMeta, type ResultTuple } from '../../src/protocol/index.ts';

/** A store of results in memory; those who wait are told at once. */
export class FakeReader implements ResultReader {
  readonly metas = new Map<string, ResultMeta>();
  readonly forgotten: string[] = [];
  readonly saved = new Map<string, ResultTuple>();
  readonly groups: GroupStore = {
    save: async (group) => void this.saved.set(group[0][0], group),
    find: async (groupId) => this.saved.get(groupId),
    delete: async (groupId) => void this.saved.delete(groupId),
  };
  finds = 0;
  /** Which were read together. */
  readonly reads: (readonly string[])[] = [];
  readonly #waiters = new Set<() => void>();

  store(taskId: string, meta: Partial<ResultMeta>): void {
    this.metas.set(taskId, { ...pending, taskId, ...meta });
    for (const tell of this.#waiters) tell();
  }

  async find(taskId: string): Promise<ResultMeta | undefined> {
    this.finds += 1;
    return this.metas.get(taskId);
  }

  async findMany(taskIds: readonly string[]): Promise<ReadonlyMap<string, ResultMeta>> {
    this.reads.push(taskIds);
    const wanted = new Set(taskIds);
    return new Map([...this.metas].filter(([id]) => wanted.has(id)));
  }

  wait(taskId: string, signal?: AbortSignal): Promise<ResultMeta> {
    return new Promise((resolve, reject) => {
      const tell = () => {
        const meta = this.metas.get(taskId);
        if (!meta || !isFinal(meta.status)) return;
        this.#waiters.delete(tell);
        resolve(meta);
      };
      this.#waiters.add(tell);
      signal?.addEventListener('abort', () => {
        this.#waiters.delete(tell);
        reject(signal?.reason);
      });
      tell();
    });
  }

  get waiting(): number {
    return this.#waiters.size;
  }

  async forget(taskId: string): Promise<void> {
    this.forgotten.push(taskId);
    this.metas.delete(taskId);
  }

  async close(): Promise<void> {}
}

const pending: Omit<ResultMeta, 'taskId'> = {
  status: 'PENDING',
  result: null,
  error: null,
  traceback: null,
  children: [],
  dateDone: null,
  groupId: null,
  parentId: null,
};
