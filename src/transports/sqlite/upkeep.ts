import {
  bindingQueries,
  type Database,
  deadLetterQueries,
  leaseQueries,
  messageQueries,
} from '../../drivers/sqlite/index.ts';
import { summaryOf } from '../../errors.ts';
import { type Clock, longestTimerMs, type Millis } from '../../util/index.ts';
import type { OwnQueue } from '../own-queues.ts';
import type { ConsumeOptions } from '../transport.ts';
import { bindOwn, dropLost, hasLost } from './bindings.ts';
import { releaseDue } from './claims.ts';
import { findDeadHolder, restoreLost } from './sweep.ts';

/** What the upkeep works with. */
export interface UpkeepParts {
  readonly database: Database;
  readonly options: Pick<ConsumeOptions, 'onNotice'>;
  readonly leaseTimeoutMs: Millis;
  readonly clock: Clock;
  readonly leaseId: number;
  /** Queues that go with this consumer. */
  readonly own: readonly OwnQueue[];
}

const DEAD_LETTER_AGE_MS: Millis = 7 * 86_400_000;
const DUE_MAX = 500;
const RETRY_MS: Millis = 1_000;

/** Makes what is due claimable on time, and restores what lost workers held. One per consumer. */
export class Upkeep {
  readonly #parts: UpkeepParts;
  readonly #running = new Set<Promise<void>>();
  #dueTimer: NodeJS.Timeout | undefined;
  #sweepTimer: NodeJS.Timeout | undefined;
  #sweptAt = 0;
  #isReading = false;
  #isClosed = false;

  constructor(parts: UpkeepParts) {
    this.#parts = parts;
  }

  /** Resolves after the first sweep. @throws BrokerUnavailableError */
  async start(): Promise<void> {
    await this.#sweep();
    await this.#releaseDue();
    this.#scheduleSweep();
  }

  /** Something may have been laid aside: looks when the next is due. */
  refresh(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    this.#run(async () => {
      await this.#armDueTimer().finally(() => {
        this.#isReading = false;
      });
    });
  }

  /** Stops the timers and waits for what is under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#dueTimer);
    clearTimeout(this.#sweepTimer);
    await Promise.all(this.#running);
  }

  #scheduleSweep(): void {
    const everyMs = this.#parts.leaseTimeoutMs / 3;
    this.#sweepTimer = setTimeout(() => {
      this.#run(async () => {
        // after a pause of the whole machine every lease has run out: let their owners renew them first
        const wasPaused = this.#parts.clock.now() - this.#sweptAt > 3 * everyMs;
        this.#sweptAt = this.#parts.clock.now();
        try {
          if (!wasPaused) await this.#sweep();
        } finally {
          if (!this.#isClosed) this.#scheduleSweep();
        }
      });
    }, everyMs);
  }

  async #sweep(): Promise<void> {
    const { database, clock } = this.#parts;
    this.#sweptAt = this.#parts.clock.now();
    const nowMs = clock.now();
    const oldMs = Math.trunc(nowMs - DEAD_LETTER_AGE_MS);
    const [isLost, isUnbound, isOld] = await database.read((session) => [
      findDeadHolder(session, nowMs) !== undefined,
      hasLost(session, nowMs),
      session.all(deadLetterQueries.hasOldDeadLetters, [oldMs]).length > 0,
    ]);
    if (isOld) {
      await database.write(
        (session) => session.run(deadLetterQueries.deleteOldDeadLetters, [oldMs]),
        { announce: false },
      );
    }
    await this.#keepOwn();
    if (isUnbound) await this.#dropLost(nowMs);
    if (!isLost) return;
    let restored = 0;
    for (let isPartial = true; isPartial && !this.#isClosed; ) {
      const swept = await database.write((session) => restoreLost(session, nowMs), {
        announce: true,
      });
      restored += swept.restored;
      isPartial = swept.isPartial;
    }
    await database.write(
      (session) => session.run(leaseQueries.deleteExpiredLeases, [Math.trunc(nowMs)]),
      { announce: false },
    );
    if (restored > 0) {
      this.#parts.options.onNotice('warn', `put back ${counted(restored)} of a lost worker`);
    }
  }

  /** Binds the consumer's own queues again, if others took it for gone. */
  async #keepOwn(): Promise<void> {
    const { database, own, leaseId } = this.#parts;
    if (own.length === 0) return;
    const bound = await database.read((session) =>
      session.all(bindingQueries.countBindings, [leaseId]),
    );
    const wanted = own.reduce((sum, { bindings }) => sum + bindings.length, 0);
    if (bound[0]?.[0] === wanted) return;
    await database.write((session) => bindOwn(session, own, leaseId), { announce: false });
  }

  async #dropLost(nowMs: Millis): Promise<void> {
    await this.#parts.database.write(
      (session) => dropLost(session, nowMs, findDeadHolder(session, nowMs)),
      { announce: false },
    );
  }

  async #releaseDue(): Promise<void> {
    const { database, clock } = this.#parts;
    const nowMs = clock.now();
    const dueMs = await this.#nextDue();
    let isMore = dueMs !== undefined && dueMs <= nowMs;
    while (isMore && !this.#isClosed) {
      const released = await database.write((session) => releaseDue(session, nowMs, DUE_MAX), {
        announce: true,
      });
      isMore = released === DUE_MAX;
    }
    await this.#armDueTimer();
  }

  async #armDueTimer(): Promise<void> {
    const dueMs = await this.#nextDue();
    clearTimeout(this.#dueTimer);
    if (dueMs === undefined || this.#isClosed) return;
    const delayMs = Math.max(0, Math.min(dueMs - this.#parts.clock.now(), longestTimerMs));
    this.#wakeForDue(delayMs);
  }

  #wakeForDue(delayMs: Millis): void {
    this.#dueTimer = setTimeout(() => {
      this.#run(async () => {
        try {
          await this.#releaseDue();
        } catch (error) {
          if (!this.#isClosed) this.#wakeForDue(RETRY_MS);
          throw error;
        }
      });
    }, delayMs);
  }

  async #nextDue(): Promise<Millis | undefined> {
    const rows = await this.#parts.database.read((session) =>
      session.all(messageQueries.nextDue, []),
    );
    return rows[0]?.[0] ?? undefined;
  }

  /** Work in the background: what goes wrong is told, and tried again at the next turn. */
  #run(work: () => Promise<void>): void {
    if (this.#isClosed) return;
    const running = work()
      .catch((error: unknown) => {
        const reason = summaryOf(error);
        this.#parts.options.onNotice('error', reason);
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }
}

function counted(messages: number): string {
  return messages === 1 ? '1 message' : `${messages} messages`;
}
