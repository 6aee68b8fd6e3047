import type { TaskPolicies } from '../app/index.ts';
import {
  deliveryLimitReason,
  expiredError,
  invalidError,
  isMalformed,
  lostError,
  type Malformed,
  notRegisteredError,
  parseRequest,
  planRefusal,
  type Refused,
  type Request,
  type ResultFacts,
  UNKNOWN_SINCE_HEADER,
} from '../app/index.ts';
import type { Claimed } from '../protocol/index.ts';
import type { Completion, Parking } from '../transports/index.ts';
import type { Millis, Time } from '../util/index.ts';
import { judge, type Verdict } from './gate.ts';
import { Holds } from './holds.ts';
import type { EngineLog } from './task-log.ts';

/** What a reception sorts claims into. */
export interface ReceptionParts {
  readonly time: Time;
  readonly policies: TaskPolicies;
  readonly results: ResultFacts;
  readonly log: EngineLog;
  readonly unknownRetryForMs: Millis;
  /** Requests due within a second that may wait here. */
  readonly holdLimit: number;
  /** Hands requests to the pool; what it has no room for goes back to its queue. */
  readonly dispatch: (requests: readonly Request[]) => void;
  readonly park: (parkings: readonly Parking[]) => void;
  readonly complete: (completions: readonly Completion[]) => void;
  /** Takes what a batch of claims could not be sorted for: they are to go back to their queues. */
  readonly giveUp: (tags: readonly string[], error: unknown) => void;
}

/** Reads what was claimed and decides, message by message, what becomes of it before any task runs. */
export class Reception {
  readonly #parts: ReceptionParts;
  readonly #holds: Holds;

  constructor(parts: ReceptionParts) {
    this.#parts = parts;
    this.#holds = new Holds(parts.holdLimit, parts.time, (request) =>
      this.#guarded([request.tag], () => this.#receive([request])),
    );
  }

  /** Takes a batch of claims. Never throws, whatever is in them. */
  take(claimed: readonly Claimed[]): void {
    const tags = claimed.map((each) => (each.kind === 'message' ? each.delivery.tag : each.tag));
    this.#guarded(tags, () => this.#receive(this.#read(claimed)));
  }

  /** Stops holding. @returns what waited here. */
  close(): Request[] {
    return this.#holds.clear();
  }

  #guarded(tags: readonly string[], work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#parts.giveUp(tags, error);
    }
  }

  #read(claimed: readonly Claimed[]): Request[] {
    const { reading } = this.#parts.results;
    const requests: Request[] = [];
    for (const each of claimed) {
      const read: Request | Malformed =
        each.kind === 'message' ? parseRequest(each.delivery, reading) : each;
      if (isMalformed(read)) this.#refuseMalformed(read);
      else requests.push(read);
    }
    return requests;
  }

  #receive(requests: readonly Request[]): void {
    const { policies, unknownRetryForMs } = this.#parts;
    const nowMs = this.#parts.time.now();
    const facts = { nowMs, isKnown: (task: string) => policies.isKnown(task), unknownRetryForMs };
    const runnable: Request[] = [];
    const parkings: Parking[] = [];
    for (const request of requests) {
      const verdict = this.#isGivenUp(request) ? GIVEN_UP : judge(request, facts);
      if (verdict.kind === 'run') runnable.push(request);
      else this.#divert(request, verdict, parkings);
    }
    if (parkings.length > 0) this.#parts.park(parkings);
    if (runnable.length > 0) this.#parts.dispatch(runnable);
  }

  #isGivenUp(request: Request): boolean {
    return request.deliveries > 0 && request.deliveries >= this.#parts.policies.deliveryLimit;
  }

  #divert(
    request: Request,
    verdict: Exclude<Verdict, { kind: 'run' }> | typeof GIVEN_UP,
    parkings: Parking[],
  ): void {
    const { tag } = request;
    switch (verdict.kind) {
      case 'hold': {
        const isHeld = this.#holds.add(request, verdict.dueMs - this.#parts.time.now());
        if (!isHeld) parkings.push({ tag, dueMs: verdict.dueMs });
        return;
      }
      case 'park':
        parkings.push({ tag, dueMs: verdict.dueMs });
        return;
      case 'put-back': {
        this.#parts.log.unknown(request, verdict.dueMs);
        const headers = { [UNKNOWN_SINCE_HEADER]: verdict.sinceMs };
        parkings.push({ tag, dueMs: verdict.dueMs, headers });
        return;
      }
      case 'expired':
        this.#parts.log.expired(request);
        this.#refuse(request, { settle: { kind: 'ack' }, status: 'REVOKED', error: expiredError });
        return;
      case 'unknown':
        this.#refuseDead(
          request,
          `unknown task '${request.task}'`,
          notRegisteredError(request.task),
        );
        return;
      case 'given-up': {
        const reason = deliveryLimitReason(request.deliveries, 'worker died');
        this.#refuseDead(request, reason, lostError(reason));
      }
    }
  }

  #refuseMalformed(malformed: Malformed): void {
    this.#parts.log.deadLettered(malformed, malformed.reason);
    const { tag, id, replyTo, delivery } = malformed;
    const refusal = {
      settle: { kind: 'dead-letter', reason: malformed.reason },
      status: 'FAILURE',
      error: invalidError(malformed.reason),
    } as const;
    const request =
      id === undefined ? { tag } : { tag, id, replyTo, ...(delivery && { delivery }) };
    const { results, time } = this.#parts;
    this.#parts.complete([planRefusal(request, refusal, results, time.now())]);
  }

  #refuseDead(request: Request, reason: string, error: Refused['error']): void {
    this.#parts.log.deadLettered(request, reason);
    this.#refuse(request, { settle: { kind: 'dead-letter', reason }, status: 'FAILURE', error });
  }

  #refuse(request: Request, refusal: Refused): void {
    const { policies, time, results } = this.#parts;
    const refused = { ...refusal, isIgnored: policies.ignoresError(request) };
    this.#parts.complete([planRefusal(request, refused, results, time.now())]);
  }
}

const GIVEN_UP = { kind: 'given-up' } as const;
