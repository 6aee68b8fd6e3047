import { isFinal, type ResultMeta, type ResultTuple, type TaskState } from '../protocol/index.ts';
import { givenNow } from './ending.ts';
import type { GetOptions } from './get-options.ts';
import { iterateAll, type Joined, joinAll, valuesOf } from './joining.ts';
import { leavable } from './leaving.ts';
import { readMany } from './read-many.ts';
import type { Ending, Handle, RevokeOptions, Stored, WaitTerms } from './result-handle.ts';
import { revoke } from './revoking.ts';

/** Whose members they are. */
export interface MembersParts {
  readonly id: string;
  readonly parent: Handle | null;
  /** In their order; they may change. */
  readonly handles: () => readonly Handle[];
}

/** What can be asked of many results at once: of a group's, of a set's. */
export class Members {
  readonly #parts: MembersParts;

  constructor(parts: MembersParts) {
    this.#parts = parts;
  }

  async ready(): Promise<boolean> {
    return (await this.#states()).every(isFinal);
  }

  async successful(): Promise<boolean> {
    return (await this.completedCount()) === this.#parts.handles().length;
  }

  async failed(): Promise<boolean> {
    return (await this.#states()).includes('FAILURE');
  }

  async completedCount(): Promise<number> {
    const states = await this.#states();
    let next = 0;
    const all = this.#parts.handles().map((each) => {
      const count = each.stored().length;
      next += count;
      return states.slice(next - count, next).every((state) => state === 'SUCCESS');
    });
    return all.filter((is) => is).length;
  }

  /** @throws what one failed or was revoked with, the first in order */
  async maybeThrow(options: Pick<GetOptions, 'propagate' | 'callback'>): Promise<void> {
    const tasks = this.stored();
    const metas = await readMany(tasks);
    for (const [place, meta] of metas.entries()) {
      if (meta) givenNow(tasks[place]?.id ?? '', meta, options);
    }
  }

  /** See `Handle.stored`. */
  stored(): readonly Stored[] {
    return this.#parts.handles().flatMap((each) => each.stored());
  }

  async forget(): Promise<void> {
    await Promise.all(this.#parts.handles().map((each) => each.forget()));
    await this.#parts.parent?.forget();
  }

  /** One command for all that are of one app. */
  async revoke(options?: RevokeOptions): Promise<void> {
    const handles = this.#parts.handles();
    const hosts = new Set(handles.map(({ host }) => host));
    for (const host of hosts) {
      const own = handles.filter((each) => each.host === host);
      await revoke(host, taskIdsIn(own.map((each) => each.asTuple())), options);
    }
  }

  join(options: GetOptions): Promise<unknown[]> {
    this.#noteWait(options);
    return joinAll(this.#joined(), options);
  }

  iterate(options: GetOptions): AsyncGenerator<[index: number, value: unknown], void, undefined> {
    this.#noteWait(options);
    const joined = this.#joined();
    return leavable(options.signal, (signal) => iterateAll(joined, { ...options, signal }));
  }

  /** See `Handle.ending`. Where errors are thrown it rejects with the first. */
  async ending(terms: WaitTerms): Promise<Ending> {
    return { value: await valuesOf(this.#joined(), terms) };
  }

  /** What came before them only: they are no step that another one follows. */
  failures(signal: AbortSignal): readonly Promise<ResultMeta>[] {
    return this.#parts.parent?.failures(signal) ?? [];
  }

  #joined(): Joined {
    const { id, parent, handles } = this.#parts;
    return { id, members: handles(), before: parent, ready: () => this.ready() };
  }

  #noteWait({ disableSyncSubtasks }: GetOptions): void {
    const [first] = this.#parts.handles();
    if (!first || disableSyncSubtasks === false) return;
    first.host?.onWait?.(() => ({ id: this.#parts.id, task: first.task }));
  }

  /** Of all tasks, in their order. */
  async #states(): Promise<TaskState[]> {
    const metas = await readMany(this.stored());
    return metas.map((meta) => meta?.status ?? 'PENDING');
  }
}

/** The ids of tasks, those of groups inside with them. */
function taskIdsIn(tuples: readonly ResultTuple[]): string[] {
  return tuples.flatMap(([[id], members]) => (members === null ? [id] : taskIdsIn(members)));
}
