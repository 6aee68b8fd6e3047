import type { TaskPolicies } from '../app/index.ts';
import {
  type Celery,
  type CompletionContext,
  embedIn,
  planCompletion,
  planStarted,
  planUnsendable,
  type Request,
  type ResultFacts,
} from '../app/index.ts';
import { countsChords } from '../backends/index.ts';
import { summaryOf } from '../errors.ts';
import type { Job, Outcome } from '../pool/index.ts';
import { toWireTime } from '../protocol/index.ts';
import { type Completion, type Parking, unsentSettle } from '../transports/index.ts';
import type { Clock, Logger } from '../util/index.ts';
import type { EngineLog } from './task-log.ts';

/** What a settler turns outcomes into. */
export interface SettlerParts {
  readonly app: Pick<Celery, 'compose' | 'newId' | 'replyTo' | 'settings'>;
  readonly policies: TaskPolicies;
  readonly log: EngineLog;
  readonly logger: Logger;
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
    const shared = this.context();
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

  /**
   * What is written instead of a completion whose messages have no queue: the task has failed, and its message
   * becomes a dead letter if it is still there.
   */
  unsendable(request: Request | undefined, completion: Completion, error: Error): Completion {
    const reason = `what follows it cannot be published: ${summaryOf(error)}`;
    const settle = unsentSettle(completion.settle, reason);
    const bare = { ...completion, settle, messages: [], openings: [], instead: undefined };
    if (!request || completion.hasFailed) return bare;
    const wanted = {
      children: [],
      embed: embedIn(request.delivery, this.#parts.results.reading),
      runtimeMs: 0,
    };
    const outcome = { kind: 'success', resultText: 'null', ...wanted } as const;
    const failed = planUnsendable(request, outcome, error, this.context());
    this.#parts.log.ended(request, failed.outcome);
    if (failed.plan.kind !== 'complete') return bare;
    // others that have ended with it, as nobody else will tell of them
    const ended = completion.writes.filter(({ finality }) => finality === 'final');
    const { writes } = failed.plan.completion;
    return { ...failed.plan.completion, settle, writes: [...ended, ...writes] };
  }

  /** What is the same for a whole batch. */
  context(): CompletionContext {
    const { app, policies, clock, results } = this.#parts;
    const nowMs = clock.now();
    return {
      ...results,
      policies,
      compose: (planned) => (planned.length === 0 ? [] : app.compose(planned, nowMs)),
      newId: app.newId,
      replyTo: app.replyTo,
      countsChords: countsChords(results.backend),
      errorCallbacksOnHeader: app.settings.taskAllowErrorCbOnChordHeader,
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
      const { outcome: failure, plan } = planUnsendable(request, outcome, error, context);
      if (failure !== outcome) this.#parts.log.ended(request, failure);
      else this.#parts.logger.error(`${unsent(request)} cannot be sent: ${summaryOf(error)}`);
      return plan;
    }
  }
}

function unsent({ task, id }: Request): string {
  return `what is to be told of the failure of task ${task}[${id}]`;
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
