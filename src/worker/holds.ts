import type { Request } from '../app/index.ts';
import type { Millis } from '../util/index.ts';

/** Requests that wait here because they are due very soon. Bounded; what does not fit is parked. */
export class Holds {
  readonly #limit: number;
  readonly #onDue: (request: Request) => void;
  readonly #held = new Map<string, { request: Request; timer: NodeJS.Timeout }>();

  constructor(limit: number, onDue: (request: Request) => void) {
    this.#limit = limit;
    this.#onDue = onDue;
  }

  /** Keeps a request until it is due. @returns false if there is no place left. */
  add(request: Request, delayMs: Millis): boolean {
    if (this.#held.size >= this.#limit) return false;
    const timer = setTimeout(() => {
      this.#held.delete(request.tag);
      this.#onDue(request);
    }, delayMs);
    this.#held.set(request.tag, { request, timer });
    return true;
  }

  /** Gives everything back. */
  clear(): Request[] {
    const requests = [...this.#held.values()].map(({ request, timer }) => {
      clearTimeout(timer);
      return request;
    });
    this.#held.clear();
    return requests;
  }
}
