import type { RedisLink } from '../../drivers/redis/index.ts';
import { parseEnvelope } from '../../protocol/index.ts';
import type { Millis } from '../../util/index.ts';
import { splitEntry } from './entry.ts';
import type { Layout } from './layout.ts';
import { type Release, release } from './release.lua.ts';

/** The tags that a claim, or somebody else in our name, would have given out. */
interface Range {
  readonly first: number;
  readonly count: number;
  /** The server takes the claim no more after this, by our own clock. */
  readonly lapsesAt: Millis;
}

/**
 * Claims whose answer never came, and what was handed over and did not arrive. They may have been made all the
 * same, or be made yet: what they took is given back, untouched, as nobody has seen it.
 */
export class Orphans {
  readonly #link: RedisLink;
  readonly #layout: Layout;
  readonly #prefix: string;
  #ranges: Range[] = [];
  #giving: Promise<void> | undefined;

  constructor(link: RedisLink, layout: Layout, prefix: string) {
    this.#link = link;
    this.#layout = layout;
    this.#prefix = prefix;
  }

  get size(): number {
    return this.#ranges.length;
  }

  add(range: Range): void {
    this.#ranges.push(range);
  }

  /** Gives back what there is; called again and again, as it may come later. */
  async giveBack(): Promise<void> {
    if (this.#ranges.length === 0) return;
    // what was added while they were given back is given back next
    await this.#giving?.catch(() => {});
    this.#giving ??= this.#giveBackAll().finally(() => {
      this.#giving = undefined;
    });
    await this.#giving;
  }

  async #giveBackAll(): Promise<void> {
    for (const range of [...this.#ranges]) {
      const hasLapsed = performance.now() > range.lapsesAt;
      await this.#give(range);
      if (hasLapsed) this.#ranges = this.#ranges.filter((each) => each !== range);
    }
  }

  async #give({ first, count }: Range): Promise<void> {
    const tags = Array.from({ length: count }, (_, place) => `${this.#prefix}.${first + place}`);
    const entries = (await this.#link.call('hmget', [this.#layout.unacked, ...tags])) as (
      | string
      | null
    )[];
    const found: Release[] = [];
    for (const [place, tag] of tags.entries()) {
      const entry = splitEntry(entries[place] ?? '');
      if (!entry) continue;
      const envelope = parseEnvelope(entry.payload);
      const priority = envelope.ok ? envelope.properties.priority : 0;
      found.push({ tag, list: this.#layout.listKeyFor(entry.routingKey, priority) });
    }
    if (found.length > 0) await release(this.#link, { layout: this.#layout, claims: found });
  }
}
