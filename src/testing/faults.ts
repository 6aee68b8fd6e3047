import type { AnyTask } from '../app/index.ts';
import { type Claimed, DELIVERIES_HEADER } from '../protocol/index.ts';
import type { Parking } from '../transports/index.ts';
import type { Millis } from '../util/index.ts';

/** Delivered once more: undefined is any task. */
type Wanted = string | undefined;

/** What is to go wrong: runs that fail of themselves, and workers that are lost after a run. */
export class Faults {
  readonly #failures = new Map<string, unknown[]>();
  readonly #duplicates: Wanted[] = [];
  /** Claims whose worker will be lost, with their deliveries so far. */
  readonly #doomed = new Map<string, { readonly wanted: Wanted; readonly deliveries: number }>();

  failNext(task: string, error: unknown): void {
    this.#failures.set(task, [...(this.#failures.get(task) ?? []), error]);
  }

  duplicateNext(task: Wanted): void {
    this.#duplicates.push(task);
  }

  /** The tasks as a worker has them, except that a run which is to fail does not call its function. */
  around(tasks: ReadonlyMap<string, AnyTask>): ReadonlyMap<string, AnyTask> {
    return new Map([...tasks].map(([name, task]) => [name, this.#around(task)]));
  }

  /** Dooms those of the claims that are to be delivered twice. @param isLate - whether its message is acked late. */
  noteClaimed(claimed: readonly Claimed[], isLate: (task: string) => boolean): void {
    if (this.#duplicates.length === 0) return;
    for (const each of claimed) {
      if (each.kind === 'malformed') continue;
      const { tag, headers } = each.delivery;
      const task = String(headers['task']);
      const at = this.#duplicates.findIndex((wanted) => wanted === undefined || wanted === task);
      if (at === -1 || !isLate(task)) continue;
      const [wanted] = this.#duplicates.splice(at, 1);
      const deliveries = Number(headers[DELIVERIES_HEADER] ?? 0);
      this.#doomed.set(tag, { wanted, deliveries });
    }
  }

  /** Those claims did not come to a run: the next ones will. */
  notePutBack(tags: readonly string[]): void {
    for (const tag of tags) {
      const doomed = this.#doomed.get(tag);
      if (doomed) this.#duplicates.unshift(doomed.wanted);
      this.#doomed.delete(tag);
    }
  }

  /** What becomes of a claim instead of being settled: it goes back as that of a worker that was lost with it. */
  takeDoomed(tag: string, nowMs: Millis): Parking | undefined {
    const doomed = this.#doomed.get(tag);
    this.#doomed.delete(tag);
    const headers = { [DELIVERIES_HEADER]: (doomed?.deliveries ?? 0) + 1 };
    return doomed && { tag, dueMs: nowMs, headers };
  }

  #around(task: AnyTask): AnyTask {
    const run = (...args: unknown[]): unknown => {
      const [failure, ...later] = this.#failures.get(task.name) ?? [];
      if (!this.#failures.has(task.name)) return task.run(...args);
      if (later.length > 0) this.#failures.set(task.name, later);
      else this.#failures.delete(task.name);
      throw failure;
    };
    return new Proxy(task, {
      get: (_, property) => {
        if (property === 'run') return run;
        const value: unknown = Reflect.get(task, property, task);
        return typeof value === 'function' ? value.bind(task) : value;
      },
    });
  }
}
