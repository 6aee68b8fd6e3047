import { captures, chains } from './odd-captures.ts';
import { pickles } from './odd-pickles.ts';
import type { OddRow } from './odd-row.ts';
import { broken, entries, odd, oldMessages, unreadable } from './odd-rows.ts';

/** What a worker is to survive on every store; `noText` is more, where a store can hold it. */
export const everywhere: readonly OddRow[] = [
  ...captures,
  ...chains,
  ...entries,
  ...broken,
  ...unreadable,
  ...pickles,
  ...odd,
  ...oldMessages,
];
