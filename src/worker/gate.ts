import { type Request, UNKNOWN_SINCE_HEADER } from '../app/index.ts';
import type { Millis } from '../util/index.ts';

/** What happens to a claimed message before any of the user's code sees it. */
export type Verdict =
  | Readonly<{ kind: 'run' }>
  /** Not due yet, but so soon that it may wait here. */
  | Readonly<{ kind: 'hold'; dueMs: Millis }>
  | Readonly<{ kind: 'park'; dueMs: Millis }>
  | Readonly<{ kind: 'expired' }>
  /** No worker here knows the task; perhaps another one does. */
  | Readonly<{ kind: 'put-back'; dueMs: Millis; sinceMs: Millis }>
  | Readonly<{ kind: 'unknown' }>;

/** What the gate needs to know besides the message. */
export interface GateFacts {
  readonly nowMs: Millis;
  readonly isKnown: (task: string) => boolean;
  /** How long an unknown task is put back for others. */
  readonly unknownRetryForMs: Millis;
}

/** What is due within this long may wait in the worker. */
const SOON_MS: Millis = 1_000;
const PUT_BACK_MS = { shortest: 1_000, longest: 60_000 } as const;

/** Decides about one message. Expiry comes first, as in Celery's `Request.maybe_expire`. */
export function judge(request: Request, facts: GateFacts): Verdict {
  const { nowMs } = facts;
  if (request.expiresMs !== undefined && nowMs > request.expiresMs) return { kind: 'expired' };
  if (!facts.isKnown(request.task)) return judgeUnknown(request, facts);
  if (request.etaMs === undefined || request.etaMs <= nowMs) return { kind: 'run' };
  const dueMs = request.etaMs;
  return { kind: dueMs - nowMs <= SOON_MS ? 'hold' : 'park', dueMs };
}

/** Waits as long again as it has waited already, so that the message itself carries all there is to know. */
function judgeUnknown(request: Request, facts: GateFacts): Verdict {
  const { nowMs, unknownRetryForMs } = facts;
  const header = request.delivery.headers[UNKNOWN_SINCE_HEADER];
  const sinceMs = typeof header === 'number' ? Math.min(header, nowMs) : nowMs;
  const waitedMs = nowMs - sinceMs;
  if (waitedMs >= unknownRetryForMs) return { kind: 'unknown' };
  const delayMs = Math.min(PUT_BACK_MS.longest, Math.max(PUT_BACK_MS.shortest, waitedMs));
  const leftMs = unknownRetryForMs - waitedMs;
  return { kind: 'put-back', dueMs: nowMs + Math.min(delayMs, leftMs), sinceMs };
}
