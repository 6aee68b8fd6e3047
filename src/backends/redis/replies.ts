import type { RedisSubscriber } from '../../drivers/redis/index.ts';
import { replyChannelOf, resultKeyOf } from '../../protocol/index.ts';
import type { Millis } from '../../util/index.ts';

/** Replies that nobody waited for yet. A handle is often asked only after its task has run. */
const UNCLAIMED = { replies: 1_000, characters: 1_000_000 } as const;
/** Without anybody who waits, listening ends after this long. */
const LISTEN_MS: Millis = 10_000;
/** How long replies are not relied upon once one was missing; twice as long each time. */
const DISTRUST_MS = { first: 60_000, longest: 3_600_000 } as const;

/** What replies are put together from. */
export interface RepliesParts {
  readonly subscriber: RedisSubscriber;
  /** What our messages carry as `reply_to`. */
  readonly replyTo: string;
  /** What keys and channels begin with. */
  readonly keyprefix: string;
  /** Called with what has arrived; a reply without a document was too large to be sent, and is to be read. */
  readonly onReply: (key: string, document: string | undefined) => boolean;
  /** Called when replies that were relied upon may be lost. */
  readonly onLost: () => void;
  readonly now: () => Millis;
}

/**
 * The one channel on which our workers tell this process all results of what it sent, many in one message.
 * So a task whose result comes soon needs no channel of its own. Python's workers know nothing of it.
 */
export class Replies {
  readonly #parts: RepliesParts;
  readonly #channel: string;
  readonly #unclaimed = new Map<string, string | undefined>();
  readonly #stops: (() => void)[];
  #characters = 0;
  /** What was sent before this is not relied upon. */
  #reliableFrom: Millis = 0;
  #listeningSince: Millis | undefined;
  #arrivedAt: Millis | undefined;
  #wantedAt: Millis = 0;
  #distrustMs: Millis = DISTRUST_MS.first;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: RepliesParts) {
    this.#parts = parts;
    this.#channel = replyChannelOf(parts.replyTo, parts.keyprefix);
    const { subscriber } = parts;
    this.#stops = [
      subscriber.onSubscribed.on((channels) => {
        if (!channels.includes(this.#channel)) return;
        this.#listeningSince = parts.now();
        this.#reliableFrom = Math.max(this.#reliableFrom, this.#listeningSince);
      }),
      subscriber.onRefused.on(({ channels }) => {
        if (channels.includes(this.#channel)) this.distrust();
      }),
      subscriber.link.onDown.on(() => this.#lose()),
      subscriber.link.onMessage.on(({ channel, text }) => {
        if (channel === this.#channel) this.#receive(text);
      }),
    ];
  }

  /** When the last reply arrived; undefined if none has. */
  get arrivedAt(): Millis | undefined {
    return this.#arrivedAt;
  }

  /** Somebody waits for a result: listens from now on. */
  want(): void {
    this.#wantedAt = this.#parts.now();
    if (this.#timer) return;
    this.#parts.subscriber.listen(this.#channel);
    this.#timer = setInterval(() => {
      if (this.#parts.now() - this.#wantedAt > LISTEN_MS) this.#unlisten();
    }, LISTEN_MS).unref();
  }

  /** Takes a reply that came before it was waited for. @returns false if there was none */
  take(key: string): boolean {
    if (!this.#unclaimed.has(key)) return false;
    const document = this.#unclaimed.get(key);
    this.#drop(key);
    return this.#parts.onReply(key, document);
  }

  /** Whether the reply to what was sent then can be expected, and has not come yet. */
  covers(sentMs: Millis | undefined): boolean {
    if (sentMs === undefined || this.#arrivedAt === undefined) return false;
    return this.#listeningSince !== undefined && sentMs > this.#reliableFrom;
  }

  /** One that was relied upon has not come: others, who send none, run tasks of ours too. */
  distrust(): void {
    this.#reliableFrom = this.#parts.now() + this.#distrustMs;
    this.#distrustMs = Math.min(this.#distrustMs * 2, DISTRUST_MS.longest);
    this.#parts.onLost();
  }

  /** Keeps no reply of this key. */
  forget(key: string): void {
    this.#drop(key);
  }

  close(): void {
    for (const stop of this.#stops.splice(0)) stop();
    this.#unlisten();
  }

  #receive(text: string): void {
    this.#arrivedAt = this.#parts.now();
    for (const line of text.split('\n')) {
      const isDocument = line.startsWith('{');
      const key = isDocument ? resultKeyOf(idIn(line), this.#parts.keyprefix) : line;
      const document = isDocument ? line : undefined;
      if (!this.#parts.onReply(key, document)) this.#keep(key, document);
    }
  }

  #keep(key: string, document: string | undefined): void {
    this.#drop(key);
    this.#unclaimed.set(key, document);
    this.#characters += document?.length ?? 0;
    for (const oldest of this.#unclaimed.keys()) {
      const { size } = this.#unclaimed;
      if (size <= UNCLAIMED.replies && this.#characters <= UNCLAIMED.characters) break;
      this.#drop(oldest);
      // whoever asks for it now will not find it
      this.#reliableFrom = Math.max(this.#reliableFrom, this.#parts.now());
    }
  }

  #drop(key: string): void {
    this.#characters -= this.#unclaimed.get(key)?.length ?? 0;
    this.#unclaimed.delete(key);
  }

  #lose(): void {
    this.#listeningSince = undefined;
    this.#parts.onLost();
  }

  #unlisten(): void {
    if (!this.#timer) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#unclaimed.clear();
    this.#characters = 0;
    this.#parts.subscriber.unlisten(this.#channel);
    this.#lose();
  }
}

const idAt = '"task_id": "';

/** The task's id of a document, which ends with it as we write it. */
function idIn(document: string): string {
  const at = document.lastIndexOf(idAt) + idAt.length;
  return document.slice(at, document.indexOf('"', at));
}
