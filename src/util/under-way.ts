import { createDeferred, type Deferred } from './deferred.ts';

/** Counts work that is under way, so that whoever closes can wait for its end. */
export class UnderWay {
  #count = 0;
  #idle: Deferred<void> | undefined;

  begin(): void {
    this.#count += 1;
  }

  end(): void {
    this.#count -= 1;
    if (this.#count > 0) return;
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  /** Resolves once nothing is under way, well ended or not. */
  async idle(): Promise<void> {
    while (this.#count > 0) {
      this.#idle ??= createDeferred();
      await this.#idle.promise;
    }
  }
}
