import type { RemoteError } from '../errors.ts';
import type { ChordCount, Embed, OutgoingMessage, ResultTuple } from '../protocol/index.ts';
import type { Millis } from '../util/index.ts';

/** How one run of a task ended. Plain data: it crosses threads. */
export type Outcome = Readonly<{
  /** What the task sent while it ran. */
  children: readonly ResultTuple[];
  /** What the message asked to be sent next; null when it asked for nothing. */
  embed: Embed | null;
  runtimeMs: Millis;
}> &
  Ending;

/** The part of an outcome that differs. */
export type Ending =
  | Readonly<{ kind: 'success'; resultText: string }>
  /** `isExpected`: one of the task's `throws`. */
  | Readonly<{ kind: 'failure'; error: RemoteError; isExpected?: boolean }>
  | Readonly<{ kind: 'retry' } & RetryRequest>
  | Readonly<{ kind: 'ignored' }>
  /** Others have taken its place: what they come to is what it comes to. */
  | Readonly<{ kind: 'replaced' } & Replacement>
  | Readonly<{ kind: 'rejected'; requeue: boolean; reason: string }>
  | Readonly<{ kind: 'worker-lost'; reason: string }>
  /** The message cannot be run by anyone; the task's function was not called. `error`: what its sender is told. */
  | Readonly<{ kind: 'malformed'; reason: string; error?: RemoteError }>;

/** What a task that wants another try asked for. */
export interface RetryRequest {
  /** Epoch milliseconds of the next try. */
  readonly dueMs: Millis;
  /** Why, if the task said so. */
  readonly error: RemoteError | null;
  /** A new body and its display texts, when the task changed its arguments. */
  readonly replacement: Readonly<{
    body: string;
    argsrepr: string;
    kwargsrepr: string;
    /** Of the new body; undefined for none, whatever the old one had. */
    compression: string | undefined;
  }> | null;
  /** What the next message is sent with in place of what this one was, spelled as on the wire; null: nothing. */
  readonly options: Readonly<Record<string, unknown>> | null;
}

/** What is sent in a task's place. */
export interface Replacement {
  readonly messages: readonly OutgoingMessage[];
  /** The chords that they begin. */
  readonly chords: readonly ChordCount[];
  /** Groups to store first, as whoever joins them must know what they are made of. */
  readonly groups: readonly ResultTuple[];
  /** Tasks that will now never run, and what they fail with. */
  readonly lost?: Readonly<{ ids: readonly string[]; error: RemoteError }>;
}

/** An ending with nothing sent and nothing to send next. */
export function bareOutcome(ending: Ending): Outcome {
  return { ...ending, children: [], embed: null, runtimeMs: 0 };
}
