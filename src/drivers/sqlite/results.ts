import type { Millis } from '../../util/index.ts';
import { finality, storeResult } from './queries/result.ts';
import type { Session } from './query.ts';

/** A result document to store. */
export interface StoredResult {
  readonly key: string;
  /** JSON text that begins with `{"status": "<STATE>"`. */
  readonly document: string;
  /** 0 for ever. */
  readonly ttlMs: Millis;
}

/** Stores documents in order, none over a SUCCESS. Part of a transaction. */
export function storeResults(
  session: Session,
  results: readonly StoredResult[],
  nowMs: Millis,
): void {
  for (const { key, document, ttlMs } of results) {
    const expiresMs = ttlMs === 0 ? null : Math.ceil(nowMs + ttlMs);
    session.run(storeResult, [key, document, finalityOf(document), expiresMs, nowMs]);
  }
}

/** Whether the state in a document will change no more. */
export function isFinalDocument(document: string): boolean {
  return finalityOf(document) !== finality.open;
}

function finalityOf(document: string): number {
  const state = /^\{"status": "([A-Z]+)"/.exec(document)?.[1];
  if (state === 'SUCCESS') return finality.success;
  return state === 'FAILURE' || state === 'REVOKED' ? finality.final : finality.open;
}
