import type { BrokerUnavailableError } from '../errors.ts';
import type {
  ChordOpening,
  ChordPart,
  ChordPlace,
  Claimed,
  CompleteChord,
  ConnectionOptions,
  OutgoingMessage,
  QueueSpec,
  ResultWrite,
} from '../protocol/index.ts';
import type { Clock, Millis } from '../util/index.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { LayoutOptions } from './layout-options.ts';
import type { QueueOrderStrategy } from './queue-order.ts';

/** Carries task messages: the app publishes, the worker consumes. No type of a client appears here. */
export interface Transport {
  /** Where it keeps its data; a backend with the same store may be written in the same commit. */
  readonly store: Store;
  /**
   * Puts the messages into their queues in one round trip, in the order given, all or none; those that go
   * through an exchange may take another to find its queues.
   * Rejects with `signal.reason` once aborted; what was not confirmed by then is not delivered later.
   * @throws MessageUnroutableError if no queue is bound that a message's routing key fits; a fanout exchange
   * may have none
   */
  publish(
    messages: readonly OutgoingMessage[],
    signal: AbortSignal,
    retry?: PublishRetry,
  ): Promise<void>;
  /**
   * Tells all who listen to a fanout exchange at this moment, and puts it into the queues that are bound to it.
   * @param payload - an envelope; it waits for nobody, and what was not confirmed may still be told
   */
  broadcast(exchange: string, payload: string, signal: AbortSignal): Promise<void>;
  /** Starts taking from queues. @throws BrokerUnavailableError, BrokerRefusedError */
  consume(options: ConsumeOptions): Promise<Consumer>;
  /** Waiting messages of a queue, all priorities; those claimed or parked do not count. */
  size(queue: string): Promise<number>;
  /** Deletes the waiting messages of a queue. @returns how many. */
  purge(queue: string): Promise<number>;
  /** What workers have given up. */
  readonly deadLetters: DeadLetters;
  /** Disconnects. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * How often, and how soon, to try to connect again before anything is sent; if not given, until the signal is
 * aborted. A store that needs no connection has no use for it. What was sent and not confirmed is never sent again.
 */
export interface PublishRetry {
  /** null: without limit. */
  readonly maxRetries: number | null;
  readonly intervalStartMs: Millis;
  /** How much longer each wait is than the one before. */
  readonly intervalStepMs: Millis;
  readonly intervalMaxMs: Millis;
}

/** Identifies a data store, so that two URLs can be seen to mean the same one. */
export interface Store {
  /** `redis`, `sqlite` or `memory`. */
  readonly kind: string;
  /** The URL without its password, for people. */
  readonly url: string;
  /**
   * What is equal for all clients of one store that a single commit can write to,
   * such as a server's run id and user, or a file's path. Reads the server the first time.
   */
  identity(): Promise<string>;
}

/** What a consumer needs from its worker. */
export interface ConsumeOptions {
  /** In the order to try them; broadcast ones are named in `declare` alone. */
  readonly queues: readonly string[];
  /** Queues with bindings to make sure of, and the broadcast ones, which this consumer gets of its own. */
  readonly declare?: readonly QueueSpec[];
  /** The worker's node name, kept with dead letters. */
  readonly nodeName: string;
  /** Called whenever a claim may find something again; often, and never from within a call. */
  readonly onWake: () => void;
  /** Without it a consumer is only woken, and claims for itself. */
  readonly handOver?: HandOver;
  /** Called with one line for people when the link breaks, comes back, or a claim is swept up. */
  readonly onNotice: (level: 'info' | 'warn' | 'error', message: string) => void;
  /**
   * Called when the connection is lost, and each time that it could not be made again since.
   * @param failures - how often that was: 0 when it is lost.
   */
  readonly onLost?: (error: BrokerUnavailableError, failures: number) => void;
  /** Called with chords whose last part was in a commit. They stay complete until a commit has fired them. */
  readonly onComplete?: (chords: readonly CompleteChord[]) => void;
}

/** How a broker that can claims for a consumer what is published while it waits, in place of waking it. */
export interface HandOver {
  /** How many messages could start at once; asked often. */
  readonly startable: () => number;
  /** Called with messages that were claimed for the consumer, never from within a call. */
  readonly onArrived: (claimed: readonly Claimed[]) => void;
}

/** Takes messages from queues and settles them. One per worker. */
export interface Consumer {
  /**
   * Claims up to `limit` waiting messages, highest priority first; [] when there is none. Never waits for one.
   * A claim is renewed until it is committed, parked or released, whatever user code does.
   */
  claim(limit: number): Promise<readonly Claimed[]>;
  /** Has nothing handed over any more. What was on its way then is given back. */
  halt(): Promise<void>;
  /**
   * Applies completions in one round trip, each of them whole or not at all.
   * @returns the tags whose claim was lost to another worker: of those only the results were stored.
   * @throws HeldUpError if some could not be applied, and all others were
   */
  commit(completions: readonly Completion[]): Promise<readonly string[]>;
  /** Lays claims aside until they are due; any worker then finds them at the head of their queue. */
  park(parkings: readonly Parking[]): Promise<void>;
  /** Gives claims back to the head of their queues, in the order they were claimed. */
  release(tags: readonly string[]): Promise<void>;
  /** How many connections it holds, for the banner. */
  readonly connections: number;
  /** Releases nothing by itself; stops renewing and watching. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * What to do with a claim. `kept` leaves it as it is (it was acked before, or the task never was a claim).
 * `fire` is for a chord that is complete, which its `tag` does not name (it tells it from others, no more): held as long
 * as nobody else has fired it. Of one that is not held nothing is stored.
 */
export type Settle =
  | Readonly<{ kind: 'ack' | 'kept' | 'requeue' }>
  | Readonly<{
      kind: 'fire';
      chord: ChordPlace;
      /** Its parts are kept for as long as Celery keeps them. */
      isFailed?: boolean;
    }>
  | Readonly<{ kind: 'dead-letter'; reason: string }>;

/** All that one finished task changes: applied together or not at all. */
export interface Completion {
  readonly tag: string;
  /** Who may wait for its results, from the message's `reply_to`: told of all that are final, if it listens. */
  readonly replyTo?: string | undefined;
  readonly settle: Settle;
  /** Result documents to write first. Ignored for a lost claim if not `final`. */
  readonly writes: readonly ResultWrite[];
  /** Messages to publish: a retry, callbacks, the next step of a chain. */
  readonly messages: readonly OutgoingMessage[];
  /** Chords that the messages begin. */
  readonly openings?: readonly ChordOpening[];
  /** The chords that the task was a part of. */
  readonly parts?: readonly ChordPart[];
  /** Whether its task has failed of itself, which says more than that what is sent because of it cannot be. */
  readonly hasFailed?: boolean | undefined;
  /** Asked, once it is known that one of the messages cannot be sent, for what is applied in place of it all. */
  readonly instead?: ((error: Error) => Completion) | undefined;
}

/** A claim to lay aside. */
export interface Parking {
  readonly tag: string;
  /** Epoch milliseconds. */
  readonly dueMs: Millis;
  /** Headers to add to the message, or to replace in it, while it is laid aside. */
  readonly headers?: Readonly<Record<string, string | number>>;
}

/** What every transport is opened with. */
export interface TransportOptions {
  /** A claim not renewed for this long goes to another worker. */
  readonly visibilityTimeoutMs: Millis;
  /** The same for all claims of a worker that has gone silent as a whole. */
  readonly leaseTimeoutMs: Millis;
  /** How long to wait for a connection. */
  readonly connectTimeoutMs: Millis;
  /** For brokers that are servers. */
  readonly connection?: ConnectionOptions | undefined;
  /** In which order queues are tried; `round_robin` if not given. */
  readonly queueOrderStrategy?: QueueOrderStrategy;
  /** How messages are laid out; Kombu's way for what is not given. */
  readonly layout?: Partial<LayoutOptions>;
  /** Default: the machine's. A store in memory has its own. */
  readonly clock?: Clock;
  /** For tests that end a worker at an exact point: called there, and waited for. */
  readonly fault?: (point: FaultPoint) => void | Promise<void>;
}

/** Between which two steps of a claim's life something may go wrong. */
export type FaultPoint = 'claimed' | 'committing' | 'committed' | 'parked' | 'released';
