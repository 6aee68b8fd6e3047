import { replyChannelOf } from '../../protocol/index.ts';
import type { Binding } from '../exchanges.ts';
import { completeLayout, type LayoutOptions, stepFor } from '../layout-options.ts';

/**
 * Begins the tags of laid aside claims, `parked.<tag>@<epoch seconds when due>`: no worker holds them, so
 * they do not go with one that dies.
 */
export const PARKED_PREFIX = 'parked.';

/** When a laid aside claim is due, in epoch seconds, by its tag; undefined for another claim's. */
export function dueOf(tag: string): number | undefined {
  return tag.startsWith(PARKED_PREFIX) ? Number(tag.slice(tag.lastIndexOf('@') + 1)) : undefined;
}

/** The first number of what a worker waited for, as `readyKey` has it; undefined for '' or null, when it did not. */
export function firstAwaited(ready: unknown): number | undefined {
  return typeof ready === 'string' && ready !== '' ? Number.parseInt(ready, 10) : undefined;
}

/** What stands between the payload and the end in an entry of `unacked`, for the default exchange. */
export function entryTail(queue: string): string {
  return `, "", ${JSON.stringify(queue)}]`;
}

/**
 * The layout that Kombu gives to its queues in a Redis, shared with Python, and what we keep beside it.
 * Every key and channel of this folder is made here.
 */
export class Layout {
  /** Claims: hash of tag -> JSON `[payload, exchange, routing key]`. One for all queues of a database. */
  readonly unacked: string;
  /** The same tags by the time of their claim or its renewal: zset in epoch seconds. */
  readonly unackedIndex: string;
  /** Ours: the workers that hold claims, zset of tag prefix -> epoch seconds until which they count as alive. */
  readonly leases: string;
  /** Ours: claims laid aside, zset of `<tag> <list key>` -> epoch seconds when they are due. */
  readonly parked: string;
  /** Ours: broadcast queues, zset of what is known of one (JSON) -> epoch seconds until which its consumer counts as alive. */
  readonly broadcasts: string;
  /** Ours: before a tag prefix it makes the key, and the channel, of what a waiting worker would take: `readyKey`. */
  readonly readyPrefix: string;
  /** Begins every key and channel. */
  readonly #start: string;
  readonly #ours: string;
  readonly #fanoutPrefix: string;
  readonly #options: LayoutOptions;

  /** @param db - channels know no databases, so its number is a part of them. @throws ConfigError */
  constructor(options: Partial<LayoutOptions> = {}, db = 0) {
    this.#options = completeLayout(options);
    const { unackedKey, unackedIndexKey, fanoutPrefix, globalKeyprefix } = this.#options;
    const given = fanoutPrefix === true ? '/{db}.' : fanoutPrefix || '';
    this.#start = globalKeyprefix;
    this.#fanoutPrefix = `${globalKeyprefix}${given.replaceAll('{db}', String(db))}`;
    this.unacked = `${globalKeyprefix}${unackedKey}`;
    this.unackedIndex = `${globalKeyprefix}${unackedIndexKey}`;
    // who keeps claims in another place shares nothing with those who keep them here
    this.#ours = `${globalKeyprefix}${unackedKey === 'unacked' ? 'celeriac' : `celeriac@${unackedKey}`}`;
    this.leases = `${this.#ours}.leases`;
    this.parked = `${this.#ours}.parked`;
    this.broadcasts = `${this.#ours}.broadcasts`;
    this.readyPrefix = `${this.#ours}.ready.`;
  }

  /** Ours: the workers that wait for a message of a queue, list of tag prefixes; whoever publishes takes the first. */
  idleKey(queue: string): string {
    return `${this.#ours}.idle.${queue}`;
  }

  /**
   * Ours: what a waiting worker would take, `<number of the first tag> <count> <lease in seconds>`, and the
   * channel that it is handed over on. Whoever deletes it may claim in the worker's name.
   */
  readyKey(prefix: string): string {
    return `${this.readyPrefix}${prefix}`;
  }

  /** Ours: before a message's SHA-1 it makes the key that says that the queue got it. */
  seenPrefix(queue: string): string {
    return `${this.#ours}.seen.${queue}.`;
  }

  /** Ours: says that a broadcast queue is gone with its consumer, for a last sign of life that comes late. */
  goneKey(queue: string): string {
    return `${this.seenPrefix(queue)}gone`;
  }

  /** The lists of queues in the order to take from them: low steps first, of all queues. */
  listKeys(queues: readonly string[]): string[] {
    return this.#options.prioritySteps.flatMap((step) =>
      queues.map((queue) => this.#listKey(queue, step)),
    );
  }

  /** The list that a message goes to: that of the largest step up to its priority. */
  listKeyFor(queue: string, priority: unknown): string {
    return this.#listKey(queue, stepFor(this.#options.prioritySteps, priority));
  }

  /**
   * The list of a queue's dead letters' payloads; with `.info` behind it a hash of their SHA-1 -> what is known, and with
   * a `+` before it, where there are equal ones, how many besides the first.
   */
  deadKey(queue: string): string {
    return `${this.#start}${queue}.dead`;
  }

  /** What keys of dead letters look like, for the server's wildcards. */
  get deadPattern(): string {
    return `${escapeGlob(this.#start)}*.dead`;
  }

  /** The queue whose dead letters such a key has. */
  queueOfDead(key: string): string {
    return key.slice(this.#start.length, -'.dead'.length);
  }

  /** The set of the queues that Kombu delivers an exchange's messages to. */
  bindingKey(exchange: string): string {
    return `${this.#start}_kombu.binding.${exchange}`;
  }

  /** Where whoever sent tasks, with this `reply_to`, is told of their results. */
  replyChannelOf(replyTo: string): string {
    return replyChannelOf(replyTo, this.#options.resultKeyprefix);
  }

  /** What a message to a fanout exchange is published on. */
  channelOf(exchange: string, routingKey: string): string {
    const isKeyed = routingKey !== '' && this.#options.fanoutPatterns;
    return `${this.#fanoutPrefix}${exchange}${isKeyed ? `/${routingKey}` : ''}`;
  }

  /**
   * The patterns of the channels that a binding to a fanout exchange listens to. Kombu's consumers get only what is
   * sent with the very key of their binding, or fits its wildcards. Ours get all unless there are wildcards: a fanout
   * exchange has no use for keys.
   */
  patternsOf(exchange: string, routingKey: string): string[] {
    const base = escapeGlob(`${this.#fanoutPrefix}${exchange}`);
    if (!this.#options.fanoutPatterns) return [base];
    const isPattern = /[*#]/.test(routingKey);
    return isPattern ? [`${base}/${routingKey.replaceAll('#', '*')}`] : [base, `${base}/*`];
  }

  /** A row of such a set. */
  bindingRow(binding: BindingParts): string {
    return [binding.routingKey, binding.pattern, binding.queue].join(this.#options.sep);
  }

  /** Reads a row; undefined if it is none. */
  parseRow(row: string): BindingParts | undefined {
    const [routingKey, pattern, queue, ...more] = row.split(this.#options.sep);
    if (routingKey === undefined || pattern === undefined || !queue || more.length > 0) {
      return undefined;
    }
    return { routingKey, pattern, queue };
  }

  #listKey(queue: string, step: number): string {
    const list = `${this.#start}${queue}`;
    return step === 0 ? list : `${list}${this.#options.sep}${step}`;
  }
}

/** What a row says; the set that it is in says the exchange. */
export type BindingParts = Omit<Binding, 'exchange'>;

/** As it stands, where the server looks for wildcards. */
function escapeGlob(text: string): string {
  return text.replace(/[*?[\]\\]/g, '\\$&');
}
