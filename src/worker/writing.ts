import type { Completion } from '../transports/index.ts';

/** What goes out together, and how far it has got: a try that failed half-way is gone on with from there. */
export interface Writing {
  batch: readonly Completion[];
  readonly starts: readonly Completion[];
  /** Whether it stands for a completion that could not be sent. */
  readonly isLast?: boolean;
  /** Whether a try has failed. */
  hasFailed?: boolean;
  isBegun?: boolean;
  isPublished?: boolean;
  isStored?: boolean;
  /** In place of the whole, of which one message has no queue. */
  parts?: readonly Writing[];
  /** The claims that were lost, once it is written. */
  lost?: readonly string[];
}

/** Whether it, or what is written in its place, may count in a chord. */
export function mayCount({ parts, instead }: Completion): boolean {
  return parts !== undefined || instead !== undefined;
}

/** In the order of their commit. */
export function allOf({ batch, starts }: Writing): readonly Completion[] {
  return starts.length === 0 ? batch : [...starts, ...batch];
}

/** One that is yet to go out. */
export function aWriting(batch: readonly Completion[], starts: readonly Completion[]): Writing {
  return { batch, starts };
}
