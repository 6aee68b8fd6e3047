/** A claim of ours and where it came from. */
export interface HeldClaim {
  readonly tag: string;
  /** Counts the claims of a consumer, so it is also their order. */
  readonly number: number;
  readonly list: string;
  readonly queue: string;
  readonly payload: string;
}

const FIRST_SLOTS = 1_024;

/**
 * The claims a consumer holds. Their numbers stand in shared memory too, where the renewal thread reads
 * them: nothing is sent to it, and what is claimed is renewed even if this thread never yields again.
 */
export class HeldClaims {
  readonly #byTag = new Map<string, { readonly claim: HeldClaim; readonly slot: number }>();
  readonly #freeSlots: number[] = [];
  readonly #onGrown: (numbers: SharedArrayBuffer) => void;
  #numbers = new Float64Array(new SharedArrayBuffer(8 * FIRST_SLOTS));
  #used = 1;

  /** @param onGrown - told that from now on another memory has the numbers. */
  constructor(onGrown: (numbers: SharedArrayBuffer) => void) {
    this.#onGrown = onGrown;
  }

  /** 64-bit floats: the number of the latest claim, then per slot that of the claim in it, 0 for none. */
  get numbers(): SharedArrayBuffer {
    return this.#numbers.buffer as SharedArrayBuffer;
  }

  get size(): number {
    return this.#byTag.size;
  }

  /** Adds a claim; its number is from 1. */
  add(claim: HeldClaim): void {
    const slot = this.#freeSlots.pop() ?? this.#used++;
    if (slot >= this.#numbers.length) this.#grow();
    this.#numbers[slot] = claim.number;
    this.#numbers[0] = claim.number;
    this.#byTag.set(claim.tag, { claim, slot });
  }

  find(tag: string): HeldClaim | undefined {
    return this.#byTag.get(tag)?.claim;
  }

  all(): HeldClaim[] {
    return [...this.#byTag.values()].map(({ claim }) => claim);
  }

  /** Forgets a claim; one that is not held is left out. */
  remove(tag: string): void {
    const held = this.#byTag.get(tag);
    if (!held) return;
    this.#byTag.delete(tag);
    this.#numbers[held.slot] = 0;
    this.#freeSlots.push(held.slot);
  }

  #grow(): void {
    const grown = new Float64Array(new SharedArrayBuffer(this.#numbers.byteLength * 2));
    grown.set(this.#numbers);
    this.#numbers = grown;
    this.#onGrown(this.numbers);
  }
}
