import { setTimeout as sleep } from 'node:timers/promises';
import { BrokerUnavailableError } from '../../errors.ts';
import type { Millis } from '../../util/index.ts';
import { urlOfFile } from './location.ts';

/** Primary result codes of SQLite, the low byte of an error's `rawCode`. */
const BUSY = 5;
const LOCKED = 6;
/** READONLY, IOERR, CORRUPT, FULL, CANTOPEN, NOTADB: the file's fault, not the statement's. */
const FILE_CODES: ReadonlySet<number> = new Set([8, 10, 11, 13, 14, 26]);

/** The pauses between tries; SQLite's own wait of up to BUSY_TIMEOUT_MS comes before each. */
const RETRY_MS = { first: 1, longest: 20 } as const;

/** How long a statement may block the thread for a lock that another process holds. */
export const BUSY_TIMEOUT_MS: Millis = 20;

/** How an attempt is repeated. */
export interface AttemptOptions {
  /** How long others may hold the lock. */
  readonly deadlineMs: Millis;
  /** Ends the tries; then its reason is thrown. */
  readonly signal?: AbortSignal;
}

/**
 * Repeats an attempt for as long as another process holds the lock, without blocking the thread.
 * @throws BrokerUnavailableError past the deadline, and for faults of the file.
 */
export async function whileLocked<T>(
  file: string,
  attempt: () => T,
  { deadlineMs, signal }: AttemptOptions,
): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  for (let pauseMs: Millis = RETRY_MS.first; ; pauseMs = Math.min(pauseMs * 2, RETRY_MS.longest)) {
    signal?.throwIfAborted();
    try {
      return attempt();
    } catch (error) {
      if (!isLock(error)) throw explain(file, error);
      if (performance.now() >= deadline) {
        const reason = `locked by another process for ${deadlineMs / 1000} s`;
        throw new BrokerUnavailableError(urlOfFile(file), reason, { cause: error });
      }
    }
    await sleep(pauseMs);
  }
}

/** Turns a fault of the file into an error of ours; others stay as they are. */
export function explain(file: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const isFault =
    FILE_CODES.has(primaryCode(error)) || error.message.startsWith('ConnectionFailed');
  if (!isFault) return error;
  return new BrokerUnavailableError(urlOfFile(file), error.message, { cause: error });
}

function isLock(error: unknown): boolean {
  const code = primaryCode(error);
  return code === BUSY || code === LOCKED;
}

function primaryCode(error: unknown): number {
  if (!(error instanceof Error) || !('rawCode' in error)) return 0;
  return typeof error.rawCode === 'number' ? error.rawCode & 0xff : 0;
}
