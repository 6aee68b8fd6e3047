import type { ResultReader } from '../../backends/index.ts';
import { ResultTimeoutError } from '../../errors.ts';
import { isFinal, type ResultMeta } from '../../protocol/index.ts';

/** What tasks that ran here have come to. It lives as long as the handles on it. */
export class EagerResults implements ResultReader {
  readonly #metas = new Map<string, ResultMeta>();

  keep(meta: ResultMeta): void {
    this.#metas.set(meta.taskId, meta);
  }

  async find(taskId: string): Promise<ResultMeta | undefined> {
    return this.#metas.get(taskId);
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
}
