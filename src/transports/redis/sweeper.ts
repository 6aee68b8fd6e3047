import type { RedisLink } from '../../drivers/redis/index.ts';
import { summaryOf } from '../../errors.ts';
import { parseEnvelope } from '../../protocol/index.ts';
import type { Millis } from '../../util/index.ts';
import { burialNote, burialNotices, deliveriesOf } from '../burials.ts';
import { isBroadcastQueue } from '../exchanges.ts';
import { bindingQueues } from './binding.ts';
import { dropBroadcast, liveBroadcasts } from './broadcasts.ts';
import { dropLease } from './drop-lease.lua.ts';
import { countDelivery, type Entry, splitEntry } from './entry.ts';
import type { BroadcastQueue } from './keep-broadcast.lua.ts';
import { dueOf, type Layout } from './layout.ts';
import type { ParkedHead } from './park.lua.ts';
import { type Restoration, restore } from './restore.lua.ts';
import { survey } from './survey.lua.ts';

const LONGEST_MS: Millis = 10_000;
const PAGE = 200;
const PAGES_MAX = 50;
/** Where entries go that do not even say which queue they are of. */
const UNKNOWN_QUEUE = 'unacked';

/** What a sweeper works with. */
export interface SweeperParts {
  readonly link: RedisLink;
  readonly layout: Layout;
  readonly visibilityTimeoutMs: Millis;
  /** After a reconnection others get this long to renew what they hold. */
  readonly graceMs: Millis;
  readonly nodeName: string;
  /** Its own lease: an expired one is no dead worker's. */
  readonly prefix: string;
  readonly now: () => Millis;
  readonly onNotice: (level: 'info' | 'warn' | 'error', message: string) => void;
  readonly onParked: (head: ParkedHead) => void;
  /** Called with each sweep that could be made. */
  readonly onSwept: () => void;
}

/** A claim that nobody holds any more; its texts have a character for each byte, so that none is changed. */
interface Stray {
  readonly tag: string;
  readonly score: string;
  readonly entry: string;
}

const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');
/** What texts of bytes mean to people and JSON. */
const textOf = (bytes: string): string => bytesOf(bytes).toString('utf8');

/** What was done about strays. */
interface Taken {
  readonly restored: number;
  readonly buried: number;
  /** Of broadcast queues that went with their consumers. */
  readonly dropped: number;
}

/** Gives back what lost workers held, Python's too, and counts how often that happened to a message. */
export class Sweeper {
  readonly #parts: SweeperParts;
  #timer: NodeJS.Timeout | undefined;
  #graceUntil: Millis = 0;
  #isStopped = false;
  #trouble = '';

  constructor(parts: SweeperParts) {
    this.#parts = parts;
  }

  /** Sweeps now and from then on. */
  start(): void {
    void this.#run();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  /** The server was away: what was not renewed in that time may be held all the same. */
  giveGrace(): void {
    this.#graceUntil = performance.now() + this.#parts.graceMs;
    clearTimeout(this.#timer);
    void this.#run();
  }

  async #run(): Promise<void> {
    const { link, visibilityTimeoutMs, onNotice } = this.#parts;
    try {
      if (link.isUp) await this.#sweep();
      this.#trouble = '';
    } catch (error) {
      const trouble = summaryOf(error);
      if (link.isUp && trouble !== this.#trouble) onNotice('warn', `cannot sweep: ${trouble}`);
      this.#trouble = trouble;
    }
    if (this.#isStopped) return;
    clearTimeout(this.#timer);
    const everyMs = Math.min(visibilityTimeoutMs / 4, LONGEST_MS);
    // not all workers at once
    this.#timer = setTimeout(() => void this.#run(), everyMs * (0.9 + Math.random() * 0.2));
  }

  async #sweep(): Promise<void> {
    const { link, layout, visibilityTimeoutMs, prefix, onParked, onSwept } = this.#parts;
    const seen = await survey(link, { layout, visibilitySeconds: visibilityTimeoutMs / 1000 });
    onParked(seen.parked);
    onSwept();
    if (performance.now() < this.#graceUntil) return;
    for (const lost of seen.lostBroadcasts) await this.#removeBroadcast(lost);
    for (const dead of seen.deadPrefixes) {
      if (dead !== prefix) await this.#takeFrom(dead);
    }
    const until = seen.nowSeconds - visibilityTimeoutMs / 1000;
    if (seen.outdated > 0) await this.#takeOutdated(until, seen.nowSeconds);
  }

  /** All that a dead worker of ours held; what it parked goes by other tags. */
  async #takeFrom(prefix: string): Promise<void> {
    const { link, layout } = this.#parts;
    const found: [tag: string, entry: string][] = [];
    let cursor = '0';
    do {
      const args = [layout.unacked, cursor, 'match', `${prefix}.*`, 'count', 500];
      const [next, fields] = (await link.call('hscan', args, 'latin1')) as [string, string[]];
      for (let at = 0; at < fields.length; at += 2) {
        found.push([fields[at] as string, fields[at + 1] as string]);
      }
      cursor = next;
    } while (cursor !== '0' && !this.#isStopped);
    // the first claimed is put back last, and so is next out
    const numberOf = (tag: string): number => Number(tag.slice(prefix.length + 1));
    found.sort(([one], [other]) => numberOf(other) - numberOf(one));
    const strays = await this.#strays(found);
    const taken = await this.#takeAll(strays);
    await dropLease(link, { layout, prefix, seconds: 0 });
    this.#tell(taken, `worker '${prefix}' is gone`);
  }

  /** A queue of a consumer that is gone: nobody else would claim from it. Its claims go with its lease. */
  async #removeBroadcast(broadcast: BroadcastQueue): Promise<void> {
    const { link, layout, prefix, onNotice } = this.#parts;
    if (broadcast.prefix === prefix) return;
    await dropBroadcast(link, layout, { broadcast, tags: [], isParking: true });
    onNotice('info', `removed the broadcast queue of worker '${broadcast.prefix}', which is gone`);
  }

  /** What nobody renewed for too long, newest first, so that the oldest is next out. */
  async #takeOutdated(until: number, now: number): Promise<void> {
    const { link, layout } = this.#parts;
    const taken = { restored: 0, buried: 0, dropped: 0 };
    let left = 0;
    for (let page = 0; page < PAGES_MAX && !this.#isStopped; page++) {
      const range = [layout.unackedIndex, until, '-inf', 'withscores', 'limit', left, PAGE];
      const reply = ((await link.call('zrevrangebyscore', range, 'latin1')) as string[]).flat();
      const all = reply.filter((_, at) => at % 2 === 0);
      if (all.length === 0) break;
      // parked by a worker with a longer timeout than ours
      const tags = all.filter((tag) => (dueOf(tag) ?? 0) <= now);
      left += all.length - tags.length;
      if (tags.length === 0) continue;
      const fields = [layout.unacked, ...tags.map(bytesOf)];
      const entries = (await link.call('hmget', fields, 'latin1')) as (string | null)[];
      const strays = tags.map((tag, at) => {
        return { tag, score: reply[reply.indexOf(tag) + 1] as string, entry: entries[at] ?? '' };
      });
      const { restored, buried, dropped } = await this.#takeAll(strays);
      taken.restored += restored;
      taken.buried += buried;
      taken.dropped += dropped;
      left += tags.length - restored - buried - dropped;
    }
    this.#tell(taken, 'their workers have not renewed them in time');
  }

  async #strays(found: readonly [tag: string, entry: string][]): Promise<Stray[]> {
    if (found.length === 0) return [];
    const tags = found.map(([tag]) => tag);
    const { link, layout } = this.#parts;
    const members = [layout.unackedIndex, ...tags.map(bytesOf)];
    const scores = (await link.call('zmscore', members)) as (string | null)[];
    return found.map(([tag, entry], at) => ({ tag, entry, score: scores[at] ?? '' }));
  }

  async #takeAll(strays: readonly Stray[]): Promise<Taken> {
    const plans: Restoration[] = [];
    for (const stray of strays) plans.push(await this.#plan(stray));
    const { link, layout, onNotice } = this.#parts;
    const taken = await Promise.all(plans.map((plan) => restore(link, { layout, ...plan })));
    const buried = plans.flatMap((plan, at) => (taken[at] && plan.kind === 'bury' ? [plan] : []));
    for (const notice of burialNotices(buried)) onNotice('error', notice);
    const count = (kind: Restoration['kind']): number =>
      plans.filter((plan, at) => taken[at] && plan.kind === kind).length;
    return { restored: count('restore'), buried: buried.length, dropped: count('drop') };
  }

  async #plan({ tag: name, score, entry: bytes }: Stray): Promise<Restoration> {
    const { layout, nodeName, now } = this.#parts;
    const entry = splitEntry(bytes);
    const payload = entry?.payload ?? bytes;
    const text = textOf(payload);
    const envelope = parseEnvelope(entry ? text : '');
    const queues = entry ? await this.#queuesOf(entry) : [UNKNOWN_QUEUE];
    const claim = { tag: bytesOf(name), score };
    const as = { ...claim, payload: bytesOf(payload) };
    if (queues.length === 0) return { kind: 'drop', ...as, lists: [] };
    if (!envelope.ok) {
      const { reason } = envelope;
      const [queue = UNKNOWN_QUEUE] = queues;
      const letter = { reason, at: new Date(now()).toISOString(), worker: nodeName };
      const burial = { queue, dead: layout.deadKey(queue), reason, info: burialNote(letter, text) };
      return { kind: 'bury', ...as, ...burial };
    }
    const { priority } = envelope.properties;
    const lists = queues.map((queue) => layout.listKeyFor(queue, priority));
    // due, and its place in our own index is lost: it was never delivered
    if (dueOf(name) !== undefined) return { kind: 'restore', ...as, lists };
    const counted = countDelivery(payload, deliveriesOf(envelope) + 1);
    return { kind: 'restore', ...claim, payload: bytesOf(counted), lists };
  }

  /** Where an entry goes; nowhere if that was a broadcast queue that went with its consumer. */
  async #queuesOf(entry: Entry): Promise<string[]> {
    const { link, layout } = this.#parts;
    const place = { exchange: textOf(entry.exchange), routingKey: textOf(entry.routingKey) };
    const queues = await bindingQueues(link, layout, place);
    if (!queues.some(isBroadcastQueue)) return queues;
    // of a fanout exchange nobody can tell whose copy it was: the consumer's that is gone
    const live = entry.exchange === '' ? await liveBroadcasts(link, layout) : new Set<string>();
    return queues.filter((queue) => !isBroadcastQueue(queue) || live.has(queue));
  }

  #tell({ restored, dropped }: Omit<Taken, 'buried'>, why: string): void {
    const done = [
      ...(restored > 0 ? [`gave ${restored} claim${restored > 1 ? 's' : ''} back`] : []),
      ...(dropped > 0 ? [`dropped ${dropped} of broadcast queues`] : []),
    ];
    if (done.length > 0) this.#parts.onNotice('warn', `${done.join(', ')}: ${why}`);
  }
}
