import type { FinishedJob } from './executor-loop.ts';
import type { Outcome } from './outcome.ts';

/** From the main thread to an executor. */
export type ToExecutor =
  | Readonly<{ kind: 'run'; jobs: readonly unknown[] }>
  | Readonly<{ kind: 'abort'; reason: string }>
  | Readonly<{ kind: 'answer'; call: number; answer: Answer }>
  | Readonly<{ kind: 'stop' }>;

/** From an executor to the main thread. */
export type FromExecutor =
  | Readonly<{ kind: 'ready' }>
  | Readonly<{ kind: 'failed'; message: string }>
  | Readonly<{ kind: 'finished'; plain: readonly unknown[]; others: readonly FinishedJob[] }>
  | Readonly<{ kind: 'call'; call: number; request: unknown }>
  | Readonly<{ kind: 'cancel'; call: number }>;

/** The reply to a call; an error crosses threads as its name, code and message. */
export type Answer =
  | Readonly<{ ok: true; value: unknown }>
  | Readonly<{ ok: false; name: string; code: string | undefined; message: string }>;

/** Packs finished jobs for the way back: plain successes, nearly all of them, as one flat list. */
export function packFinished(finished: readonly FinishedJob[]): FromExecutor {
  const plain: unknown[] = [];
  const others: FinishedJob[] = [];
  for (const entry of finished) {
    const outcome = entry[1];
    if (outcome && isPlain(outcome)) plain.push(entry[0], outcome.resultText, outcome.runtimeMs);
    else others.push(entry);
  }
  return { kind: 'finished', plain, others };
}

const NO_CHILDREN: Outcome['children'] = [];

/** The inverse of `packFinished`. */
export function unpackFinished(
  plain: readonly unknown[],
  others: readonly FinishedJob[],
): FinishedJob[] {
  const finished: FinishedJob[] = [...others];
  for (let at = 0; at < plain.length; at += 3) {
    const outcome: Outcome = {
      kind: 'success',
      resultText: plain[at + 1] as string,
      children: NO_CHILDREN,
      embed: null,
      runtimeMs: plain[at + 2] as number,
    };
    finished.push([plain[at] as number, outcome]);
  }
  return finished;
}

type Success = Extract<Outcome, { kind: 'success' }>;

function isPlain(outcome: Outcome): outcome is Success {
  return outcome.kind === 'success' && outcome.embed === null && outcome.children.length === 0;
}
