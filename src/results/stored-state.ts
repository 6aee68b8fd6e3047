import type { ResultReader } from '../backends/index.ts';
import { BackendMissingError, ResultIgnoredError, ResultTimeoutError } from '../errors.ts';
import { isFinal, type ResultMeta } from '../protocol/index.ts';
import type { Millis } from '../util/index.ts';
import { isEndless, withDeadline, withinTime } from './deadline.ts';
import { endOf } from './ending.ts';
import type { GetOptions } from './get-options.ts';
import type { Ending, Handle, HandleOptions, Stored, WaitTerms } from './result-handle.ts';

/** Where the state of a task is read, and what is known of it already. */
export interface StoredStateParts {
  readonly id: string;
  readonly parent: Handle | null;
  readonly options: HandleOptions;
}

/** What is stored of one task. A final state changes no more, so it is read once. */
export class StoredState implements Stored {
  readonly #parts: StoredStateParts;
  #final: ResultMeta | undefined;

  constructor(parts: StoredStateParts) {
    this.#parts = parts;
  }

  get id(): string {
    return this.#parts.id;
  }

  /** See `Stored`. */
  get final(): ResultMeta | undefined {
    return this.#final;
  }

  /** See `Stored`. */
  note(meta: ResultMeta): ResultMeta {
    if (isFinal(meta.status)) this.#final = meta;
    return meta;
  }

  /** @throws ResultIgnoredError, BackendMissingError */
  async read(): Promise<ResultMeta | undefined> {
    const reader = await this.reader();
    if (this.#final) return this.#final;
    const meta = await reader.find(this.id);
    return meta && this.note(meta);
  }

  /** Waits as a `get` with these options does. @throws ResultTimeoutError, or the signal's reason */
  async wait(ms: Millis | undefined, { signal, followParents = true }: GetOptions) {
    const reader = await this.reader();
    const { id, parent } = this.#parts;
    const onTimeUp = () => new ResultTimeoutError(id, (ms ?? 0) / 1000);
    if (ms === 0) return endOf(await this.#findFinal(onTimeUp));
    if (signal || (parent && followParents)) {
      const terms = { followParents, propagate: true };
      return withDeadline({ ms, onTimeUp, signal }, (each) =>
        this.ending({ ...terms, signal: each }),
      );
    }
    // no other waiting has to be ended with it
    return endOf(
      isEndless(ms)
        ? await this.#settled(reader)
        : await withinTime(ms, onTimeUp, (each) => this.#settled(reader, each)),
    );
  }

  /** See `Handle.ending`. A step before it that did not succeed ends it too: then this task never runs. */
  async ending({ signal, followParents }: WaitTerms): Promise<Ending> {
    const { parent } = this.#parts;
    const own = this.#settled(await this.reader(), signal);
    if (!followParents || !parent) return endOf(await own);
    return endOf(await Promise.race([own, ...parent.failures(signal)]));
  }

  /** See `Handle.failures`. */
  failures(signal: AbortSignal): readonly Promise<ResultMeta>[] {
    const before = this.#parts.parent?.failures(signal) ?? [];
    if (this.#isIgnored) return before; // what follows it is told, too
    const failure = this.reader()
      .then((reader) => this.#settled(reader, signal))
      .then((meta) => (meta.status === 'SUCCESS' ? new Promise<never>(() => {}) : meta));
    return [failure, ...before];
  }

  /** It may be another one from now on. */
  reopen(): void {
    this.#final = undefined;
  }

  /** Deletes what is stored: of one that is ignored that may be an error. @throws BackendMissingError */
  async forget(): Promise<void> {
    const reader = await this.#reader();
    this.reopen();
    await reader.forget(this.id);
  }

  /** @throws ResultIgnoredError, BackendMissingError */
  async reader(): Promise<ResultReader> {
    if (this.#isIgnored) throw new ResultIgnoredError(this.id);
    return this.#reader();
  }

  get #isIgnored(): boolean {
    return this.#parts.options.ignored?.has(this.id) ?? false;
  }

  async #reader(): Promise<ResultReader> {
    const reader = await this.#parts.options.reader();
    if (!reader) throw new BackendMissingError();
    return reader;
  }

  async #settled(reader: ResultReader, signal?: AbortSignal): Promise<ResultMeta> {
    this.#final ??= await reader.wait(this.#parts.id, signal, this.#parts.options.sentMs);
    return this.#final;
  }

  async #findFinal(onTimeUp: () => Error): Promise<ResultMeta> {
    const meta = await this.read();
    if (!meta || !isFinal(meta.status)) throw onTimeUp();
    return meta;
  }
}
