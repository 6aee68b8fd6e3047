import { persist } from './persist.ts';

/** What effects are tried with. */
export interface EffectParts {
  /** Called once per failed try. */
  readonly onTrouble: (what: string, error: unknown) => void;
  /** Ends the tries. */
  readonly signal: AbortSignal;
}

/** What a worker has its broker do beside its completions: each is repeated until it works. */
export class Effects {
  readonly #parts: EffectParts;
  readonly #underWay = new Set<Promise<void>>();

  constructor(parts: EffectParts) {
    this.#parts = parts;
  }

  /** Begins one. @param what - for the log. @param onDone - called once it has worked, or is given up. */
  run(what: string, action: () => Promise<void>, onDone: () => void): void {
    const { signal } = this.#parts;
    const onTrouble = (error: unknown) => this.#parts.onTrouble(what, error);
    const effect: Promise<void> = persist(action, { onTrouble, signal }).then(() => {
      this.#underWay.delete(effect);
      onDone();
    });
    this.#underWay.add(effect);
  }

  /** Whether any is still to work. */
  get isBusy(): boolean {
    return this.#underWay.size > 0;
  }

  /** Resolves once none is. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }
}
