import type { Embed } from '../protocol/index.ts';
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
  | Readonly<{ kind: 'finished' } & Finished>
  | Readonly<{ kind: 'call'; call: number; request: unknown }>
  | Readonly<{ kind: 'cancel'; call: number }>;

/** The reply to a call; an error crosses threads as its name, code and message. */
export type Answer =
  | Readonly<{ ok: true; value: unknown }>
  | Readonly<{ ok: false; name: string; code: string | undefined; message: string }>;

/** Finished jobs on their way back: successes that sent nothing, nearly all of them, as one flat list. */
interface Finished {
  /** Per job its index, the text of its result, its run time, and which of `embeds` is to follow: -1 for none. */
  readonly plain: readonly unknown[];
  /** What is to follow jobs; the same for all members of a chord. */
  readonly embeds: readonly Embed[];
  readonly others: readonly FinishedJob[];
}

/** Packs finished jobs for the way back. */
export function packFinished(finished: readonly FinishedJob[]): FromExecutor {
  const plain: unknown[] = [];
  const embeds: Embed[] = [];
  const others: FinishedJob[] = [];
  for (const entry of finished) {
    const outcome = entry[1];
    if (outcome?.kind === 'success' && outcome.children.length === 0) {
      const { embed, resultText, runtimeMs } = outcome;
      if (embed !== null && embed !== embeds.at(-1)) embeds.push(embed);
      plain.push(entry[0], resultText, runtimeMs, embed === null ? -1 : embeds.length - 1);
    } else others.push(entry);
  }
  return { kind: 'finished', plain, embeds, others };
}

const NO_CHILDREN: Outcome['children'] = [];

/** The inverse of `packFinished`. */
export function unpackFinished({ plain, embeds, others }: Finished): FinishedJob[] {
  const finished: FinishedJob[] = [...others];
  for (let at = 0; at < plain.length; at += 4) {
    const outcome: Outcome = {
      kind: 'success',
      resultText: plain[at + 1] as string,
      children: NO_CHILDREN,
      embed: embeds[plain[at + 3] as number] ?? null,
      runtimeMs: plain[at + 2] as number,
    };
    finished.push([plain[at] as number, outcome]);
  }
  return finished;
}
