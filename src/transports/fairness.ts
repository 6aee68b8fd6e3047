/** How many messages may overtake before one of those that were overtaken is served. */
const OVERTAKING_MAX = 15;

/** What a claim is to take first: so many messages of lower steps, beginning after the one that `turn` names. */
export interface Overtaken {
  readonly count: number;
  /** Which of the steps below the first was served last, from 1; 0 none yet. */
  readonly turn: number;
}

/**
 * Sees to it that no priority starves. Priorities are strict until as many as 15 messages of a consumer have gone
 * before others that waited in a lower step; then one in 16 of what it claims comes from the lower steps, from each
 * in turn. See decision 6.
 */
export class Fairness {
  #overtook = 0;
  #turn = 0;

  /** For a claim of up to `limit`: what it takes before anything else. */
  plan(limit: number): Overtaken {
    const isDue = this.#overtook >= OVERTAKING_MAX;
    if (isDue) this.#overtook = 0;
    return { count: isDue ? Math.ceil(limit / (OVERTAKING_MAX + 1)) : 0, turn: this.#turn };
  }

  /** @param overtook - how many of a claim's messages went before others that still wait in a lower step. */
  note({ overtook, turn }: { overtook: number; turn: number }): void {
    this.#overtook += overtook;
    this.#turn = turn;
  }
}
