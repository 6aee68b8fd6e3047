import { jobOf, type Request } from '../app/index.ts';
import { summaryOf } from '../errors.ts';
import { type Job, type Outcome, Pool } from '../pool/index.ts';
import { type Claimed, toRemoteError } from '../protocol/index.ts';
import type { CompleteChord, Completion, Parking } from '../transports/index.ts';
import type { Millis } from '../util/index.ts';
import { ChordFiring } from './chord-firing.ts';
import { Completer } from './completer.ts';
import { Effects } from './effects.ts';
import type { EngineParts } from './engine-parts.ts';
import { Intake } from './intake.ts';
import { Reception } from './reception.ts';
import { pair, Settler } from './settler.ts';
import { Wakes } from './wakes.ts';

/** A claim that has not started after this long goes back to the head of its queue. */
const STALE_MS: Millis = 200;
const STALE_CHECK_MS: Millis = 50;

/**
 * The path of a task through a worker: claim, gate, execute, settle, commit. Each step hands batches to
 * the next; whatever is claimed is in `#claims` until it is settled, laid aside or given back.
 */
export class Engine {
  readonly #parts: EngineParts;
  readonly #claims = new Map<string, Request>();
  /** Acked before they run, as early acknowledgement has it; by tag. */
  readonly #ackedFirst = new Map<string, Request>();
  /** Acked, and waiting for a free slot: these cannot go back any more. */
  #overflow: Request[] = [];
  readonly #pool: Pool;
  readonly #intake: Intake;
  readonly #reception: Reception;
  readonly #settler: Settler;
  readonly #completer: Completer;
  readonly #cut = new AbortController();
  readonly #emptied = new Wakes();
  readonly #effects: Effects;
  readonly #firing: ChordFiring;
  #staleTimer: NodeJS.Timeout | undefined;
  #isAborting = false;

  constructor(parts: EngineParts) {
    this.#parts = parts;
    const { policies, results, log, time, consumer, shape } = parts;
    const complete = (completions: readonly Completion[]) => this.#completer.add(completions);
    const park = (parkings: readonly Parking[]) => this.#park(parkings);
    const onTrouble = (what: string, error: unknown) => this.#trouble(what, error);
    this.#effects = new Effects({ onTrouble, signal: this.#cut.signal });
    this.#completer = new Completer({
      ...parts,
      signal: this.#cut.signal,
      unsendable: (each, error) => this.#unsendable(each, error),
      onSettled: (tags, lost) => this.#settled(tags, lost),
      onComplete: (chords) => this.fire(chords),
      onUnheard: () => this.#firing.look(),
      onTrouble: (error) => this.#trouble('commit', error),
    });
    this.#settler = new Settler({ ...parts, clock: time, complete, park });
    this.#firing = new ChordFiring({
      ...{ backend: parts.backend, logger: parts.logger, complete },
      context: () => this.#settler.context(),
      onTrouble: (error) => this.#trouble('reading a chord', error),
    });
    this.#reception = new Reception({
      ...{ time, policies, results, log, complete, park },
      unknownRetryForMs: parts.unknownRetryForMs,
      holdLimit: 2 * shape.executors * shape.slotsEach,
      dispatch: (requests) => this.#dispatch(requests),
      giveUp: (tags, error) => this.#giveUp(tags, error),
    });
    this.#pool = new Pool({
      ...shape,
      prefetchMultiplier: parts.prefetchMultiplier,
      createExecutor: parts.createExecutor,
      onEnded: (ended) => this.#ended(ended),
      onReturned: (jobs) => this.#returned(jobs),
      onNotice: (message) => parts.logger.error(message),
      now: () => performance.now(),
    });
    this.#intake = new Intake({
      consumer,
      room: () => ({
        limit: this.#pool.room() - this.#acked,
        startable: this.#pool.freeSlots,
        held: this.#pool.held,
      }),
      onClaimed: (claimed) => this.#reception.take(claimed),
      onTrouble: (error) => this.#trouble('claim', error),
    });
  }

  /** Starts the executors and then to claim. Rejects if the user's module does not load in one. */
  async start(): Promise<void> {
    await this.#pool.start();
    this.#firing.start();
    this.#intake.pump();
  }

  /** Messages may have come. */
  wake(): void {
    this.#intake.wake();
  }

  /** How many tasks could start at once. */
  get startable(): number {
    return Math.max(0, this.#pool.freeSlots - this.#acked);
  }

  /** The broker has claimed for this worker. */
  take(claimed: readonly Claimed[]): void {
    this.#reception.take(claimed);
  }

  /** The task of a claim begins to run, and that is to be stored. */
  started(tag: string): void {
    const request = this.#claims.get(tag);
    const write = request && this.#settler.started(request);
    if (write) this.#completer.addStart(tag, write);
  }

  /** The task of a claim stores a state of its own; resolves once it may. */
  overtakeStart(tag: string): Promise<void> {
    return this.#completer.overtakeStart(tag);
  }

  /** The parts of chords are all in. */
  fire(chords: readonly CompleteChord[]): void {
    this.#firing.fire(chords);
  }

  /** Claims no more and gives back what has not started. */
  async halt(): Promise<void> {
    await this.#intake.stop();
    const unstarted = [...this.#reception.close(), ...this.#requestsOf(this.#pool.recall(0))];
    this.#giveBack(unstarted);
  }

  /** Resolves when nothing claimed is left, or the signal is aborted. */
  async idle(signal: AbortSignal): Promise<void> {
    while (this.#claims.size > 0 && !signal.aborted) await this.#emptied.next(signal);
  }

  /** Whether nothing runs, is being claimed, or is still to be written. What waits for its time may wait. */
  get isQuiet(): boolean {
    const isWriting = this.#effects.isBusy || this.#completer.isBusy || this.#firing.isBusy;
    return this.#claims.size === 0 && !isWriting && !this.#intake.isClaiming;
  }

  /** Aborts what still runs: from now on a failure means that the task goes back to its queue. */
  abort(reason: string): void {
    this.#isAborting = true;
    this.#pool.abort(reason);
  }

  /** Ends the executors, gives back what they had, and writes what is left to write until the signal is aborted. */
  async stop(signal: AbortSignal): Promise<void> {
    clearInterval(this.#staleTimer);
    this.#giveBack(this.#requestsOf(await this.#pool.stop()));
    signal.addEventListener('abort', () => this.#cut.abort(signal.reason), { once: true });
    do {
      // what is written may complete chords, whose ends are to be written, which may complete others
      await this.#completer.idle();
      await this.#firing.stop(this.#cut.signal);
    } while (this.#completer.isBusy && !this.#cut.signal.aborted);
    await this.#effects.idle();
    this.#cut.abort();
  }

  /** What is acked first, or was, and has no slot yet. */
  get #acked(): number {
    return this.#overflow.length + this.#ackedFirst.size;
  }

  #dispatch(requests: readonly Request[]): void {
    const late: Request[] = [];
    for (const request of requests) {
      this.#claims.set(request.tag, request);
      this.#parts.log.received(request);
      if (this.#parts.policies.acks(request.task).acksLate) late.push(request);
      else this.#ackFirst(request);
    }
    this.#giveBack(this.#run(late));
  }

  /** @returns what the pool has no room for. */
  #run(requests: readonly Request[]): Request[] {
    if (requests.length === 0) return [];
    this.#staleTimer ??= setInterval(() => this.#recallStale(), STALE_CHECK_MS);
    return this.#requestsOf(this.#pool.dispatch(requests.map(jobOf)));
  }

  #ackFirst(request: Request): void {
    this.#ackedFirst.set(request.tag, request);
    const { tag } = request;
    this.#completer.add([{ tag, settle: { kind: 'ack' }, writes: [], messages: [] }]);
  }

  #ended(ended: readonly (readonly [Job, Outcome])[]): void {
    const pairs = pair(ended, this.#claims);
    if (this.#isAborting) {
      this.#giveBack(
        pairs.filter(([, { kind }]) => kind === 'failure').map(([request]) => request),
      );
      this.#settler.settle(pairs.filter(([, { kind }]) => kind !== 'failure'));
    } else this.#settler.settle(pairs);
    if (this.#overflow.length > 0) this.#overflow = this.#run(this.#overflow);
    this.#intake.pump();
  }

  #returned(jobs: readonly Job[]): void {
    this.#giveBack(this.#requestsOf(jobs));
    this.#intake.pump();
  }

  #unsendable(completion: Completion, error: Error): Completion {
    if (completion.settle.kind === 'fire') return this.#firing.unsendable(completion, error);
    return this.#settler.unsendable(this.#claims.get(completion.tag), completion, error);
  }

  #settled(tags: readonly string[], lost: readonly string[]): void {
    this.#firing.settled(tags);
    const lostTags = new Set(lost);
    const runnable: Request[] = [];
    for (const tag of tags) {
      const acked = this.#ackedFirst.get(tag);
      const request = this.#claims.get(tag);
      if (request && lostTags.has(tag)) this.#parts.log.claimLost(request);
      if (acked && !lostTags.has(tag)) runnable.push(acked);
      else this.#claims.delete(tag);
      this.#ackedFirst.delete(tag);
    }
    if (runnable.length > 0) this.#overflow.push(...this.#run(runnable));
    this.#checkIdle();
  }

  #recallStale(): void {
    if (this.#pool.held === 0) {
      clearInterval(this.#staleTimer);
      this.#staleTimer = undefined;
    } else if (this.#parts.prefetchMultiplier === 0) {
      this.#giveBack(this.#requestsOf(this.#pool.recall(STALE_MS)));
    }
  }

  /** To the head of their queues; what was acked already waits here instead. */
  #giveBack(requests: readonly Request[]): void {
    const tags: string[] = [];
    for (const request of requests) {
      if (this.#parts.policies.acks(request.task).acksLate) tags.push(request.tag);
      else this.#overflow.push(request);
    }
    if (tags.length > 0) this.#effect('release', () => this.#parts.consumer.release(tags), tags);
  }

  /** They come again, to whoever can do more with them; not at once, which might be for ever. */
  #giveUp(tags: readonly string[], error: unknown): void {
    const what = `${tags.length} messages could not be taken on and go back to their queues`;
    this.#parts.logger.error(`${what}: ${toRemoteError(error).traceback ?? summaryOf(error)}`);
    const dueMs = this.#parts.time.now() + 1_000;
    const ours = tags.filter((tag) => !this.#ackedFirst.has(tag)); // others go on once acked
    this.#park(ours.map((tag) => ({ tag, dueMs })));
  }

  #park(parkings: readonly Parking[]): void {
    const tags = parkings.map((parking) => parking.tag);
    this.#effect('park', () => this.#parts.consumer.park(parkings), tags);
  }

  /** Only once it has worked are the claims no longer ours. */
  #effect(what: string, action: () => Promise<void>, tags: readonly string[]): void {
    this.#effects.run(what, action, () => {
      for (const tag of tags) this.#claims.delete(tag);
      this.#checkIdle();
    });
  }

  #requestsOf(jobs: readonly Job[]): Request[] {
    return jobs.flatMap((job) => this.#claims.get(job.tag) ?? []);
  }

  #checkIdle(): void {
    if (this.#claims.size === 0) this.#emptied.wake();
  }

  /** The transport tells people about its link; here the detail is for those who debug. */
  #trouble(what: string, error: unknown): void {
    const reason = summaryOf(error);
    this.#parts.logger.debug(`${what} failed, will be tried again: ${reason}`);
  }
}
