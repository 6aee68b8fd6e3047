import type { Finality } from '../../protocol/index.ts';
import type { Millis } from '../../util/index.ts';
import { finality as numbers, storeResult } from './queries/result.ts';
import type { Session } from './query.ts';

/** A result document to store. */
export interface StoredResult {
  readonly key: string;
  readonly document: string;
  readonly finality: Finality;
  /** 0 for ever. */
  readonly ttlMs: Millis;
}

/** Stores documents in order, none over a SUCCESS. Part of a transaction. */
export function storeResults(
  session: Session,
  results: readonly StoredResult[],
  nowMs: Millis,
): void {
  for (const { key, document, finality, ttlMs } of results) {
    const expiresMs = ttlMs === 0 ? null : Math.ceil(nowMs + ttlMs);
    session.run(storeResult, [key, document, numbers[finality], expiresMs, nowMs]);
  }
}
