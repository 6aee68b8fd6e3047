/** In which order a consumer tries its queues, in Celery's words. */
export type QueueOrderStrategy = 'round_robin' | 'priority' | 'sorted';

/**
 * The order in which queues are tried within a priority step: as given, those served last put at the end
 * (`round_robin`), always as given (`priority`), or always by name (`sorted`).
 * Source: `kombu/utils/scheduling.py`.
 */
export class QueueOrder {
  readonly #strategy: QueueOrderStrategy;
  #queues: readonly string[];

  constructor(queues: readonly string[], strategy: QueueOrderStrategy = 'round_robin') {
    this.#strategy = strategy;
    this.#queues = strategy === 'sorted' ? queues.toSorted() : queues;
  }

  /** For the next claim. */
  get queues(): readonly string[] {
    return this.#queues;
  }

  /** Has those wait their turn that a claim has served. */
  note(served: ReadonlySet<string>): void {
    if (this.#strategy !== 'round_robin' || served.size === 0) return;
    const waiting = this.#queues.filter((queue) => !served.has(queue));
    this.#queues = [...waiting, ...this.#queues.filter((queue) => served.has(queue))];
  }
}
