import type { Completion } from '../../src/transports/index.ts';
import type { Interference, Ledger } from './ledger.ts';

/** Bugs on purpose, to see that the fuzzer finds such. */
export const plants = {
  /** A message that is turned away is dropped. */
  drop: (ledger) => ({
    commit: (all) => all.map((each) => (isMarked(ledger, each) ? acked(each) : each)),
  }),
  /** Who waits for a message that was turned away is not told. */
  mute: () => ({
    commit: (all) =>
      all.map((each) => (each.settle.kind === 'dead-letter' ? { ...each, writes: [] } : each)),
  }),
  /** A claim is lost between the broker and the worker. */
  lose: () => ({ claim: (claimed) => claimed.filter((each) => each.kind === 'message') }),
  /** Reading a message throws where nobody catches it. */
  throw: () => ({
    claim: (claimed) => {
      if (claimed.some((each) => each.kind === 'malformed')) {
        setImmediate(() => {
          throw new Error('planted');
        });
      }
      return claimed;
    },
  }),
  /** Reading a message takes for ever. */
  hang: () => ({
    claim: (claimed) => {
      while (claimed.some((each) => each.kind === 'malformed'));
      return claimed;
    },
  }),
  /** Each message leaves 40 kB behind. */
  leak: () => ({
    claim: (claimed) => {
      for (const _ of claimed) leaked.push(new Array(5_000).fill(leaked.length + 0.5));
      return claimed;
    },
  }),
} satisfies Record<string, (ledger: Ledger) => Interference>;

export type Plant = keyof typeof plants;
const leaked: number[][] = [];

export function interferenceOf(plant: Plant | undefined, ledger: Ledger): Interference {
  return plant ? plants[plant](ledger) : {};
}

function isMarked(ledger: Ledger, { tag, settle }: Completion): boolean {
  return settle.kind === 'dead-letter' && (ledger.fates.get(tag)?.payload.length ?? 1) % 3 === 0;
}

function acked(completion: Completion): Completion {
  return { ...completion, settle: { kind: 'ack' } };
}
