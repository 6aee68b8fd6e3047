import type { Claimed } from '../protocol/index.ts';
import type { Consumer } from '../transports/index.ts';

/** What an intake connects. */
export interface IntakeParts {
  readonly consumer: Pick<Consumer, 'claim' | 'halt'>;
  /** How many messages to claim now, and how many of them could start at once. */
  readonly room: () => {
    readonly limit: number;
    readonly startable: number;
    readonly held: number;
  };
  readonly onClaimed: (claimed: readonly Claimed[]) => void;
  readonly onTrouble: (error: unknown) => void;
}

const CLAIM_MAX = 500;

/**
 * Claims as long as there is room and something to claim, one claim at a time. It knows that the queues
 * are empty when a claim brings less than it asked for, and then waits to be woken.
 */
export class Intake {
  readonly #parts: IntakeParts;
  #wakes = 0;
  #mayFind = true;
  #claiming: Promise<void> | undefined;
  #isStopped = false;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  /** Something may have come into the queues. */
  wake(): void {
    this.#wakes += 1;
    this.#mayFind = true;
    this.pump();
  }

  /** Whether a claim is under way. */
  get isClaiming(): boolean {
    return this.#claiming !== undefined;
  }

  /** There may be room again. */
  pump(): void {
    this.#claiming ??= this.#claim().finally(() => {
      this.#claiming = undefined;
      if (this.#limit() > 0) this.pump(); // woken while the last claim was being booked
    });
  }

  /** Claims no more. Resolves once the claim under way, if any, has been delivered. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#claiming;
    await this.#parts.consumer.halt();
  }

  async #claim(): Promise<void> {
    for (let limit = this.#limit(); limit > 0; limit = this.#limit()) {
      const wakesBefore = this.#wakes;
      try {
        const claimed = await this.#parts.consumer.claim(limit);
        if (claimed.length < limit) this.#mayFind = this.#wakes !== wakesBefore;
        if (claimed.length > 0) this.#parts.onClaimed(claimed);
      } catch (error) {
        this.#mayFind = false; // the transport wakes us when it is back
        this.#parts.onTrouble(error);
      }
    }
  }

  /** Nothing is free: then only a claim of some size is worth a round trip. */
  #limit(): number {
    if (this.#isStopped || !this.#mayFind) return 0;
    const { limit, startable, held } = this.#parts.room();
    if (startable === 0 && limit < Math.min(held, 64)) return 0;
    return Math.min(limit, CLAIM_MAX);
  }
}
