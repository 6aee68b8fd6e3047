import type { TaskPolicies } from '../app/index.ts';
import {
  type Celery,
  type CompletionContext,
  planCompletion,
  planStarted,
  type Request,
  type ResultFacts,
  unplannable,
} from '../app/index.ts';
import type { Job, Outcome } from '../pool/index.ts';
import { toWireTime } from '../protocol/index.ts';
import type { Completion, Parking } from '../transports/index.ts';
import type { Clock } from '../util/index.ts';
import type { EngineLog } from './task-log.ts';

/** What a settler turns outcomes into. */
export interface SettlerParts {
  readonly app: Pick<Celery, 'compose' | 'newId' | 'replyTo'>;
  readonly policies: TaskPolicies;
  readonly log: EngineLog;
  readonly clock: Clock;
  readonly results: ResultFacts;
  readonly complete: (completions: readonly Completion[]) => void;
  readonly park: (parkings: readonly Parking[]) => void;
}

/** Turns how tasks ended into completions; a plan that cannot be made is itself a failure of the task. */
export class Settler {
  readonly #parts: SettlerParts;

  constructor(parts: SettlerParts) {
    this.#parts = parts;
  }

  /** Settles a batch. Never throws. */
  settle(ended: readonly (readonly [Request, Outcome])[]): void {
    const completions: Completion[] = [];
    const parkings: Parking[] = [];
    const shared = this.#shared();
    for (const [request, outcome] of ended) {
      this.#parts.log.ended(request, outcome);
      const plan = this.#plan(request, outcome, shared);
      if (plan.kind === 'complete') completions.push(plan.completion);
      else parkings.push(plan.parking);
    }
    if (completions.length > 0) this.#parts.complete(completions);
    if (parkings.length > 0) this.#parts.park(parkings);
  }

  /** The state of a task that begins; undefined if it is stored nowhere. */
  started(request: Request): Completion | undefined {
    const { results, policies } = this.#parts;
    return planStarted(request, { ...results, policies }, process.pid);
  }

  /** What is the same for a whole batch. */
  #shared(): CompletionContext {
    const { app, policies, clock, results } = this.#parts;
    const nowMs = clock.now();
    return {
      ...results,
      policies,
      compose: (planned) => (planned.length === 0 ? [] : app.compose(planned, nowMs)),
      newId: app.newId,
      replyTo: app.replyTo,
      nowMs,
      dateDone: toWireTime(nowMs),
    };
  }

  #plan(
    request: Request,
    outcome: Outcome,
    context: CompletionContext,
  ): ReturnType<typeof planCompletion> {
    try {
      return planCompletion(request, outcome, context);
    } catch (error) {
      const failure = unplannable(outcome, error);
      this.#parts.log.ended(request, failure);
      return planCompletion(request, failure, context);
    }
  }
}

/** Pairs jobs with the requests they were made from. */
export function pair(
  ended: readonly (readonly [Job, Outcome])[],
  requests: ReadonlyMap<string, Request>,
): [Request, Outcome][] {
  const pairs: [Request, Outcome][] = [];
  for (const [job, outcome] of ended) {
    const request = requests.get(job.tag);
    if (request) pairs.push([request, outcome]);
  }
  return pairs;
}
