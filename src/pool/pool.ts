import type { Millis } from '../util/index.ts';
import type { ExecutorFactory } from './executor.ts';
import type { Job } from './job.ts';
import { AHEAD_MS, LANE_CAPACITY, Lane } from './lane.ts';
import { bareOutcome, type Outcome } from './outcome.ts';
import { RunTimes } from './run-times.ts';
import { JobSlots } from './slots.ts';

/** What a pool is made of. */
export interface PoolParts {
  readonly executors: number;
  /** Tasks at once in each executor. */
  readonly slotsEach: number;
  /** Claims held per slot; 0 = ahead by time. */
  readonly prefetchMultiplier: number;
  readonly createExecutor: ExecutorFactory;
  /** Called with the jobs that ended; every dispatched job ends or is given back, once. */
  readonly onEnded: (ended: readonly (readonly [Job, Outcome])[]) => void;
  /** Called with jobs that lost their executor before they started. */
  readonly onReturned: (jobs: readonly Job[]) => void;
  readonly onNotice: (message: string) => void;
  readonly now: () => Millis;
}

/** A dead executor is replaced after this long, twice as long each time it dies at once again. */
const RESPAWN_MS = { first: 100, longest: 10_000, healthyAfter: 30_000 } as const;

/** The executors of a worker: spreads jobs over them, and knows how many more to claim. */
export class Pool {
  readonly #parts: PoolParts;
  readonly #times = new RunTimes();
  readonly #lanes: (Lane | undefined)[] = [];
  readonly #respawns = new Set<NodeJS.Timeout>();
  #isStopping = false;

  constructor(parts: PoolParts) {
    this.#parts = parts;
  }

  /** Starts all executors. Rejects if the user's module does not load in one. */
  async start(): Promise<void> {
    const numbers = Array.from({ length: this.#parts.executors }, (_, number) => number);
    await Promise.all(numbers.map((number) => this.#open(number)));
  }

  /** Jobs in executors, started or not. */
  get held(): number {
    return this.#open_().reduce((sum, lane) => sum + lane.held, 0);
  }

  /** How many messages to claim now. */
  room(): number {
    const now = this.#parts.now();
    const lanes = this.#open_();
    if (this.#parts.prefetchMultiplier > 0) {
      const limit = this.#parts.prefetchMultiplier * this.#parts.slotsEach * lanes.length;
      return Math.max(0, limit - this.held);
    }
    return lanes.reduce((sum, lane) => sum + lane.freeSlots + lane.roomAhead(now), 0);
  }

  /** Free slots: claims that would start at once. */
  get freeSlots(): number {
    return this.#open_().reduce((sum, lane) => sum + lane.freeSlots, 0);
  }

  /** Hands jobs over, each to the executor that will start it first. @returns those that would wait too long. */
  dispatch(jobs: readonly Job[]): Job[] {
    const now = this.#parts.now();
    const lanes = this.#open_();
    const entries = new Map<Lane, (readonly [number, Job])[]>();
    const refused: Job[] = [];
    for (const job of jobs) {
      const lane = soonest(lanes, now);
      const mayWait = this.#parts.prefetchMultiplier > 0 || (lane?.waitMs(now) ?? 0) <= AHEAD_MS;
      const entry = lane && mayWait ? lane.hold(job, now) : undefined;
      if (!lane || !entry) {
        refused.push(job);
        continue;
      }
      const list = entries.get(lane);
      if (list) list.push(entry);
      else entries.set(lane, [entry]);
    }
    for (const [lane, list] of entries) lane.executor.run(list);
    return refused;
  }

  /** Takes back jobs that have waited in their executors for `ageMs` and have not started; with 0 all that have not. */
  recall(ageMs: Millis): Job[] {
    const beforeMs = ageMs === 0 ? Number.POSITIVE_INFINITY : this.#parts.now() - ageMs;
    return this.#open_().flatMap((lane) => lane.recall(beforeMs));
  }

  /** Aborts the signals of all running tasks. */
  abort(reason: string): void {
    for (const lane of this.#open_()) lane.executor.abort(reason);
  }

  /** Ends all executors. @returns the jobs that were still in them. */
  async stop(): Promise<Job[]> {
    this.#isStopping = true;
    for (const timer of this.#respawns) clearTimeout(timer);
    const lanes = this.#open_();
    this.#lanes.length = 0;
    await Promise.all(lanes.map((lane) => lane.executor.stop()));
    return lanes.flatMap((lane) => {
      const { started, unstarted } = lane.abandon();
      return [...started, ...unstarted];
    });
  }

  #open_(): Lane[] {
    return this.#lanes.filter((lane): lane is Lane => lane !== undefined);
  }

  async #open(number: number): Promise<void> {
    const { slotsEach, createExecutor, now } = this.#parts;
    const states = JobSlots.allocate(Math.max(LANE_CAPACITY, slotsEach));
    const executor = createExecutor({ number, slots: slotsEach, states });
    const lane = new Lane({ executor, slots: slotsEach, states, times: this.#times });
    const openedMs = now();
    await executor.start({
      onFinished: (finished) => this.#parts.onEnded(lane.finish(finished, now())),
      onLost: (reason) => this.#replace(number, lane, { reason, livedMs: now() - openedMs }),
    });
    if (this.#isStopping) await executor.stop();
    else this.#lanes[number] = lane;
  }

  #replace(number: number, lane: Lane, death: { reason: string; livedMs: Millis }): void {
    if (this.#lanes[number] === lane) this.#lanes[number] = undefined;
    const { started, unstarted } = lane.abandon();
    const { reason } = death;
    this.#parts.onNotice(`executor ${number} died: ${reason}; tasks lost: ${started.length}`);
    this.#parts.onEnded(started.map((job) => [job, bareOutcome({ kind: 'worker-lost', reason })]));
    this.#parts.onReturned(unstarted);
    const isHealthy = death.livedMs > RESPAWN_MS.healthyAfter;
    this.#respawn(number, isHealthy ? RESPAWN_MS.first : RESPAWN_MS.first * 2);
  }

  #respawn(number: number, delayMs: Millis): void {
    if (this.#isStopping) return;
    const timer = setTimeout(() => {
      this.#respawns.delete(timer);
      this.#open(number).then(
        () => this.#parts.onReturned([]), // there is room again
        (error: unknown) => {
          this.#parts.onNotice(`executor ${number} does not start: ${String(error)}`);
          this.#respawn(number, Math.min(delayMs * 2, RESPAWN_MS.longest));
        },
      );
    }, delayMs);
    this.#respawns.add(timer);
  }
}

function soonest(lanes: readonly Lane[], now: Millis): Lane | undefined {
  let best: Lane | undefined;
  let bestMs = Number.POSITIVE_INFINITY;
  for (const lane of lanes) {
    const waitMs = lane.waitMs(now) + (lane.freeSlots > 0 ? 0 : lane.held * 1e-6);
    if (best === undefined || waitMs < bestMs) {
      best = lane;
      bestMs = waitMs;
    }
  }
  return best;
}
