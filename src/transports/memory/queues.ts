import type { Waiting } from '../take-in-order.ts';

/** A message as a queue has it. */
export interface StoredMessage {
  readonly queue: string;
  /** Its priority step. */
  readonly step: number;
  /** The envelope's text. */
  readonly payload: string;
}

/** The messages that wait, by queue and priority step. */
export class Queues implements Waiting<StoredMessage> {
  readonly #byQueue = new Map<string, Map<number, StoredMessage[]>>();
  #size = 0;

  /** Of all queues. */
  get size(): number {
    return this.#size;
  }

  /** Puts messages at the tails of their queues, in order. */
  push(messages: readonly StoredMessage[]): void {
    for (const message of messages) this.#lineOf(message).push(message);
    this.#size += messages.length;
  }

  /** Puts messages at the heads of their queues: the first one will be the first. */
  unshift(messages: readonly StoredMessage[]): void {
    for (const message of messages.toReversed()) this.#lineOf(message).unshift(message);
    this.#size += messages.length;
  }

  /** An empty queue leaves nothing behind. */
  take(queue: string, step: number, limit: number): StoredMessage[] {
    const lines = this.#byQueue.get(queue);
    const line = lines?.get(step);
    if (!lines || !line) return [];
    const taken = line.splice(0, limit);
    if (line.length === 0) lines.delete(step);
    if (lines.size === 0) this.#byQueue.delete(queue);
    this.#size -= taken.length;
    return taken;
  }

  hasBelow(queues: readonly string[], step: number): boolean {
    return queues.some((queue) => {
      const steps = this.#byQueue.get(queue)?.keys() ?? [];
      return [...steps].some((each) => each > step);
    });
  }

  /** Those that have messages. */
  get names(): readonly string[] {
    return [...this.#byQueue.keys()];
  }

  sizeOf(queue: string): number {
    const lines = this.#byQueue.get(queue)?.values() ?? [];
    return [...lines].reduce((sum, line) => sum + line.length, 0);
  }

  /** @returns how many there were. */
  purge(queue: string): number {
    const size = this.sizeOf(queue);
    this.#byQueue.delete(queue);
    this.#size -= size;
    return size;
  }

  #lineOf({ queue, step }: StoredMessage): StoredMessage[] {
    const lines = this.#byQueue.get(queue) ?? new Map<number, StoredMessage[]>();
    this.#byQueue.set(queue, lines);
    const line = lines.get(step) ?? [];
    lines.set(step, line);
    return line;
  }
}
