import { type RedisLink, replyCodeOf, unavailable } from '../../drivers/redis/index.ts';
import { BrokerRefusedError } from '../../errors.ts';
import type { OutgoingMessage, QueueSpec } from '../../protocol/index.ts';
import { AbortWatch, createDeferred, type Millis, UnderWay } from '../../util/index.ts';
import { bindingsOf, isBroadcastQueue } from '../exchanges.ts';
import type { PublishRetry } from '../transport.ts';
import { connected } from './connected.ts';
import type { Layout } from './layout.ts';
import {
  type BindingRow,
  type ListMessages,
  type Post,
  type PublishInput,
  publish,
} from './publish.lua.ts';
import { readBindings, routedForm, type StoredMessage, storedForm } from './routes.ts';

/** Messages with their places. */
interface Encoded {
  readonly stored: readonly StoredMessage[];
  /** Queues that messages go straight into; with their bindings, if they are not bound just by their name. */
  readonly queues: Queues;
  readonly posts: readonly Post[];
}

type Queues = ReadonlyMap<string, QueueSpec | undefined>;

/** How long a server may take until it must refuse what it has not stored; doubled when it is slower. */
const PATIENCE_MS = { first: 150, longest: 2_400 } as const;

/**
 * Puts messages into their lists, each call in one round trip, and one more if there are exchanges to look up;
 * senders join what belongs together.
 */
export class Publisher {
  readonly #link: RedisLink;
  readonly #layout: Layout;
  readonly #aborts = new AbortWatch();
  readonly #underWay = new UnderWay();
  readonly #bound = new Set<string>();
  #patienceMs: Millis = PATIENCE_MS.first;
  /** Whether we may claim for workers that wait; found out by trying. */
  #isHandingOver = true;

  constructor(link: RedisLink, layout: Layout) {
    this.#link = link;
    this.#layout = layout;
    link.onUp.on(() => {
      this.#bound.clear();
      this.#isHandingOver = true;
    });
  }

  /** See `Transport.publish`. @throws EncodeError, MessageUnroutableError */
  async publish(
    messages: readonly OutgoingMessage[],
    signal: AbortSignal,
    retry?: PublishRetry,
  ): Promise<void> {
    this.#underWay.begin();
    try {
      if (!this.#link.isUp) await connected(this.#link, signal, retry);
      await this.#send(this.#encode(messages) ?? (await this.#route(messages, signal)), signal);
    } finally {
      this.#underWay.end();
    }
  }

  /** Tells those who listen to channels; see `Transport.broadcast`. */
  async post(posts: readonly Post[], signal: AbortSignal): Promise<void> {
    this.#underWay.begin();
    try {
      await this.#send({ stored: [], queues: new Map(), posts }, signal);
    } finally {
      this.#underWay.end();
    }
  }

  /** Resolves once nothing is under way; each publish has a deadline of its own. */
  idle(): Promise<void> {
    return this.#underWay.idle();
  }

  /** @returns undefined if some go through exchanges. */
  #encode(messages: readonly OutgoingMessage[]): Encoded | undefined {
    const stored: StoredMessage[] = [];
    const queues = new Map<string, QueueSpec | undefined>();
    for (const message of messages) {
      if (message.route) return undefined;
      stored.push(storedForm(message, this.#layout));
      queues.set(message.queue, message.bound);
    }
    return { stored, queues, posts: [] };
  }

  async #route(messages: readonly OutgoingMessage[], signal: AbortSignal): Promise<Encoded> {
    const [link, layout] = [this.#link, this.#layout];
    if (!link.isUp) await link.ready(signal);
    signal.throwIfAborted();
    const routes = messages.flatMap(({ route }) => route ?? []);
    const table = await this.#unlessAborted(readBindings(link, layout, routes), signal);
    const encoded = {
      stored: [] as StoredMessage[],
      queues: new Map<string, QueueSpec | undefined>(),
      posts: [] as Post[],
    };
    for (const message of messages) {
      if (message.route) {
        const { stored, posts } = routedForm(message, message.route, { table, layout });
        encoded.stored.push(...stored);
        encoded.posts.push(...posts);
      } else {
        encoded.stored.push(storedForm(message, layout));
        encoded.queues.set(message.queue, message.bound);
      }
    }
    return encoded;
  }

  /** Nothing is sent yet, so whoever gives up need not wait. */
  async #unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
    const watchers = this.#aborts.of(signal);
    const { promise: aborted, reject } = createDeferred<never>();
    const onAbort = (): void => reject(signal.reason);
    watchers.add(onAbort);
    try {
      return await Promise.race([work, aborted]);
    } catch (error) {
      throw replyCodeOf(error) ? unavailable(this.#link.address, error) : error;
    } finally {
      watchers.delete(onAbort);
    }
  }

  async #send(encoded: Encoded, signal: AbortSignal): Promise<void> {
    do {
      if (!this.#link.isUp) await this.#link.ready(signal);
      signal.throwIfAborted();
    } while (!(await this.#attempt(encoded, signal)));
  }

  /**
   * Sends once. Aborted, it waits until the server would refuse what it may still have before it: a
   * fraction of a second, and only if it was sent just now.
   * @returns whether the messages are stored; if not, they may be sent again.
   */
  #attempt(encoded: Encoded, signal: AbortSignal): Promise<boolean> {
    const { queues } = encoded;
    const input = this.#inputOf(encoded);
    const patienceMs = this.#patienceMs;
    const lapsesAt = performance.now() + patienceMs;
    const watchers = this.#aborts.of(signal);
    return new Promise((resolve, reject) => {
      let waiting: NodeJS.Timeout | undefined;
      const onAbort = (): void => {
        const leftMs = Math.max(0, lapsesAt - performance.now());
        waiting = setTimeout(() => reject(signal.reason), leftMs);
      };
      const settle = (): void => {
        clearTimeout(waiting);
        watchers.delete(onAbort);
      };
      watchers.add(onAbort);
      publish(this.#link, input).then(
        (lateAt) => {
          settle();
          if (lateAt === undefined) this.#noteStored(queues, patienceMs);
          else this.#noteLate(lateAt, patienceMs);
          resolve(lateAt === undefined);
        },
        (error: unknown) => {
          settle();
          if (input.isHandingOver && this.#needsLess(error)) resolve(false);
          else reject(replyCodeOf(error) ? unavailable(this.#link.address, error) : error);
        },
      );
    });
  }

  /** A user that may use nothing but queues, or an old server, is sent a script that does just that. */
  #needsLess(error: unknown): boolean {
    const isTooMuch = error instanceof BrokerRefusedError || isUnknownCommand(error);
    if (isTooMuch) this.#isHandingOver = false;
    return isTooMuch;
  }

  #inputOf({ stored, queues, posts }: Encoded): PublishInput {
    const byList = new Map<string, ListMessages & { readonly payloads: string[] }>();
    for (const { queue, list, payload } of stored) {
      const known = byList.get(list);
      if (known) known.payloads.push(payload);
      else byList.set(list, { list, queue, payloads: [payload] });
    }
    const lists = [...byList.values()];
    const rows: BindingRow[] = [];
    for (const [queue, spec] of queues) {
      if (!this.#bound.has(queue) && !isBroadcastQueue(queue)) {
        rows.push(...this.#rowsOf(queue, spec));
      }
    }
    const deadlineSeconds = (this.#link.clock.now() + this.#patienceMs) / 1000;
    // what is handed over cannot be taken back if a post is refused
    const isHandingOver = this.#isHandingOver && posts.length === 0;
    return { layout: this.#layout, deadlineSeconds, lists, rows, posts, isHandingOver };
  }

  #rowsOf(queue: string, spec: QueueSpec | undefined): BindingRow[] {
    const bindings = spec
      ? bindingsOf(spec)
      : [{ exchange: queue, routingKey: queue, pattern: '', queue }];
    return bindings.map((each) => ({
      exchange: each.exchange,
      row: this.#layout.bindingRow(each),
    }));
  }

  #noteStored(queues: Queues, patienceMs: Millis): void {
    for (const queue of queues.keys()) this.#bound.add(queue);
    this.#patienceMs = Math.max(PATIENCE_MS.first, patienceMs * 0.9);
  }

  /** The server refused what came too late: its clock was another than we thought, or it is slow. */
  #noteLate(lateAt: number, patienceMs: Millis): void {
    this.#link.clock.note(lateAt * 1000);
    this.#patienceMs = Math.min(patienceMs * 2, PATIENCE_MS.longest);
  }
}

function isUnknownCommand(error: unknown): boolean {
  return replyCodeOf(error) === 'ERR' && /unknown redis command/i.test(String(error));
}
