import type { RedisLink } from '../../drivers/redis/index.ts';
import type { Millis } from '../../util/index.ts';
import { type Layout, PARKED_PREFIX } from './layout.ts';
import type { ParkedHead } from './park.lua.ts';
import { releaseDue } from './release-due.lua.ts';

const RELEASE_MAX = 500;
/** Looked at again after this long at the latest; timers know no longer spans than 24 days anyway. */
const LONGEST_MS: Millis = 3_600_000;
/** What another worker parked is its own to release; we follow a little later, if it did not. */
const COURTESY_MS = { from: 20, to: 70 } as const;

/** Releases what is parked when it is due, whoever parked it: one timer for what is due first of all. */
export class ParkTimer {
  readonly #link: RedisLink;
  readonly #layout: Layout;
  readonly #mine: string;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(link: RedisLink, layout: Layout, tagPrefix: string) {
    this.#link = link;
    this.#layout = layout;
    this.#mine = `${PARKED_PREFIX}${tagPrefix}.`;
  }

  /** Told what is due first, as the server has just said. */
  note({ first }: ParkedHead): void {
    clearTimeout(this.#timer);
    if (!first || this.#isStopped) return;
    const isMine = first.member.startsWith(this.#mine);
    const { from, to } = COURTESY_MS;
    const courtesyMs = isMine ? 0 : from + Math.random() * (to - from);
    const inMs = Math.min(Math.max(0, first.inMs) + courtesyMs, LONGEST_MS);
    // rounded up: a timer that fires too early asks in vain
    this.#timer = setTimeout(() => void this.#release(), Math.ceil(inMs));
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  async #release(): Promise<void> {
    if (!this.#link.isUp) return; // the sweep that follows a reconnection looks again
    try {
      this.note(await releaseDue(this.#link, { layout: this.#layout, limit: RELEASE_MAX }));
    } catch {
      // the same; a server that refuses this refuses the sweep too, which says so
    }
  }
}
