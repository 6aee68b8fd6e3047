import type { Request } from '../../src/app/index.ts';
import type { Claimed } from '../../src/protocol/index.ts';
import type { Completion, Consumer, Parking } from '../../src/transports/index.ts';
import type { EngineLog } from '../../src/worker/index.ts';
import type { ClaimOnRecord } from './ground.ts';

/** What became of one claim. */
export interface Fate {
  readonly payload: string;
  /** How its message was settled, each time. */
  readonly settled: ('ack' | 'requeue' | 'dead-letter' | 'parked' | 'released')[];
  /** How its task ended, if it ran. */
  ended: string | undefined;
}

/** Writes down what becomes of each claim, by listening to those who decide. */
export class Ledger {
  readonly fates = new Map<string, Fate>();

  claimed(claims: readonly ClaimOnRecord[]): void {
    for (const { tag, payload } of claims) {
      this.fates.set(tag, { payload, settled: [], ended: undefined });
    }
  }

  /** Passes everything on. @param interfere - changes what is written, for a planted bug. */
  around(consumer: Consumer, interfere: Interference = {}): Consumer {
    const settle = (tag: string, how: Fate['settled'][number]) =>
      this.fates.get(tag)?.settled.push(how);
    return {
      connections: 0,
      claim: async (limit) => {
        const claimed = await consumer.claim(limit);
        return interfere.claim ? interfere.claim(claimed) : claimed;
      },
      halt: () => consumer.halt(),
      commit: async (completions) => {
        const given = interfere.commit?.(completions) ?? completions;
        const applied = new Map(given.map((each) => [each.tag, each.settle.kind]));
        const lost = await consumer.commit(given.map((each) => noted(each, applied)));
        for (const [tag, how] of applied) if (how !== 'kept' && how !== 'fire') settle(tag, how);
        return lost;
      },
      park: async (parkings: readonly Parking[]) => {
        await consumer.park(parkings);
        for (const { tag } of parkings) settle(tag, 'parked');
      },
      release: async (tags) => {
        await consumer.release(tags);
        for (const tag of tags) settle(tag, 'released');
      },
      close: () => consumer.close(),
    };
  }

  /** Passes everything on. */
  log(log: EngineLog): EngineLog {
    const note = (request: { tag: string }, ended: string) => {
      const fate = this.fates.get(request.tag);
      if (fate) fate.ended = ended;
    };
    return {
      received: (request) => log.received(request),
      ended: (request, outcome) => {
        note(request, outcome.kind);
        log.ended(request, outcome);
      },
      expired: (request) => {
        note(request, 'expired');
        log.expired(request);
      },
      unknown: (request, dueMs) => log.unknown(request, dueMs),
      claimLost: (request: Request) => log.claimLost(request),
      deadLettered: (request, reason) => log.deadLettered(request, reason),
    };
  }
}

/** The same; what is applied in its place, if it cannot be sent, is written down. */
function noted(
  { instead, ...completion }: Completion,
  applied: Map<string, Completion['settle']['kind']>,
): Completion {
  if (!instead) return completion;
  return {
    ...completion,
    instead: (error) => {
      const other = instead(error);
      applied.set(other.tag, other.settle.kind);
      return other;
    },
  };
}

/** A bug on purpose. */
export interface Interference {
  readonly claim?: (claimed: readonly Claimed[]) => readonly Claimed[];
  readonly commit?: (completions: readonly Completion[]) => readonly Completion[];
}
