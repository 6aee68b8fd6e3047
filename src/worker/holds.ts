import type { Request } from '../app/index.ts';
import type { Millis, Time } from '../util/index.ts';

/** Requests that wait here because they are due very soon. Bounded; what does not fit is parked. */
export class Holds {
  readonly #limit: number;
  readonly #time: Pick<Time, 'after'>;
  readonly #onDue: (request: Request) => void;
  readonly #held = new Map<string, { request: Request; takeBack: () => void }>();

  constructor(limit: number, time: Pick<Time, 'after'>, onDue: (request: Request) => void) {
    this.#limit = limit;
    this.#time = time;
    this.#onDue = onDue;
  }

  /** Keeps a request until it is due. @returns false if there is no place left. */
  add(request: Request, delayMs: Millis): boolean {
    if (this.#held.size >= this.#limit) return false;
    const takeBack = this.#time.after(delayMs, () => {
      this.#held.delete(request.tag);
      this.#onDue(request);
    });
    this.#held.set(request.tag, { request, takeBack });
    return true;
  }

  /** Gives everything back. */
  clear(): Request[] {
    const requests = [...this.#held.values()].map(({ request, takeBack }) => {
      takeBack();
      return request;
    });
    this.#held.clear();
    return requests;
  }
}
