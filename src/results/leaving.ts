import { openDeadline } from './deadline.ts';

/** A reason of the controller's own would be an error whose stack holds who is to be let go. */
const LEFT = 'left';

/** Ends what iterators wait for that nobody holds any more. */
const forgotten = new FinalizationRegistry<AbortController>((left) => left.abort(LEFT));

/**
 * A loop over what comes, that waits for nothing more as soon as it is left: also in the middle of waiting, where a
 * generator would first wait to its end, and if it was let go between two values without a word.
 * @param begin - makes the loop; all its waiting ends with the signal, which is also aborted with the other one
 */
export function leavable<Value>(
  signal: AbortSignal | undefined,
  begin: (signal: AbortSignal) => AsyncGenerator<Value, void, undefined>,
): AsyncGenerator<Value, void, undefined> {
  const left = new AbortController();
  return new Leavable(run(left.signal, signal, begin), left);
}

async function* run<Value>(
  left: AbortSignal,
  signal: AbortSignal | undefined,
  begin: (signal: AbortSignal) => AsyncGenerator<Value, void, undefined>,
): AsyncGenerator<Value, void, undefined> {
  const deadline = openDeadline({ ms: undefined, onTimeUp: () => new Error('never'), signal });
  left.addEventListener('abort', deadline.close, { once: true });
  try {
    yield* begin(deadline.signal);
  } catch (error) {
    if (!left.aborted || error !== deadline.signal.reason) throw error;
  } finally {
    deadline.close();
  }
}

/** What is inside must not know of it between two values, or it would never be let go. */
class Leavable<Value> implements AsyncGenerator<Value, void, undefined> {
  readonly #inner: AsyncGenerator<Value, void, undefined>;
  readonly #left: AbortController;

  constructor(inner: AsyncGenerator<Value, void, undefined>, left: AbortController) {
    this.#inner = inner;
    this.#left = left;
    forgotten.register(this, left);
  }

  next(): Promise<IteratorResult<Value, void>> {
    // whoever awaits `loop().next()` has only the promise: what settles it holds the loop until then
    return this.#inner.next().finally(noop.bind(this));
  }

  return(): Promise<IteratorResult<Value, void>> {
    this.#left.abort(LEFT);
    return this.#inner.return();
  }

  throw(error: unknown): Promise<IteratorResult<Value, void>> {
    this.#left.abort(LEFT);
    return this.#inner.throw(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}

function noop(): void {}
