import type { QueueSpec, Route } from './queue-spec.ts';
import type { Sender } from './sender.ts';

/**
 * The headers of a protocol 2 task message, spelled as on the wire.
 * Unknown headers travel along and survive a retry.
 */
export interface TaskHeaders {
  readonly lang: string;
  readonly task: string;
  readonly id: string;
  readonly shadow: string | null;
  /** ISO 8601; without an offset it means UTC. */
  readonly eta: string | null;
  readonly expires: string | null;
  readonly group: string | null;
  readonly group_index: number | null;
  readonly retries: number;
  /** Hard limit first, then soft; seconds. */
  readonly timelimit: readonly [number | null, number | null];
  readonly root_id: string;
  readonly parent_id: string | null;
  readonly argsrepr: string;
  readonly kwargsrepr: string;
  readonly origin: string;
  readonly ignore_result: boolean;
  readonly replaced_task_nesting: number;
  readonly stamped_headers: readonly string[] | null;
  readonly stamps: Readonly<Record<string, unknown>>;
  readonly [custom: string]: unknown;
}

/** The message properties we set or read. */
export interface MessageProperties {
  readonly correlation_id: string;
  readonly reply_to: string;
  /** 2 persistent, 1 transient. */
  readonly delivery_mode: number;
  /** Milliseconds as text, as AMQP has it. */
  readonly expiration?: string;
  readonly priority: number;
  /** What AMQP has beside these, such as `app_id`; by the names of the wire. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** A task message on its way out, in no broker's form yet. */
export interface OutgoingMessage {
  /** The queue to put it in (default exchange); with a route only a name for people. */
  readonly queue: string;
  /** Through an exchange in place of straight into a queue: to every bound queue that the key fits. */
  readonly route?: Route;
  /** The queue with its bindings, if it is bound otherwise than each queue is: whoever sends there makes sure of them. */
  readonly bound?: QueueSpec;
  readonly headers: TaskHeaders;
  readonly properties: MessageProperties;
  readonly contentType: string;
  readonly contentEncoding: string;
  /** The serialized body, a character per byte; ASCII text for JSON. */
  readonly body: string;
}

/** A message as a worker got it; headers and properties are as the sender wrote them, unchecked. */
export interface Delivery {
  /** Names this claim; fresh per claim. */
  readonly tag: string;
  readonly queue: string;
  readonly headers: Readonly<Record<string, unknown>>;
  /** The headers as the JSON text they came in. */
  readonly headersText: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly contentType: string | null;
  readonly contentEncoding: string | null;
  /** The body as it came, still in `bodyEncoding`. */
  readonly body: string;
  readonly bodyEncoding: 'base64' | 'utf-8';
}

/** What one claimed entry turned out to be. A malformed one stays claimed until it is dead-lettered. */
export type Claimed =
  | Readonly<{ kind: 'message'; delivery: Delivery }>
  | (Readonly<{ kind: 'malformed'; tag: string; queue: string; reason: string }> & Sender);

/** Header of ours: how often a message was delivered to a worker that was lost with it. */
export const DELIVERIES_HEADER = 'x-celeriac-deliveries';

/** Header of ours: when a message was first found to name an unknown task; epoch milliseconds. */
export const UNKNOWN_SINCE_HEADER = 'x-celeriac-unknown-since';

/** Header of ours: how often, when and why a message was a dead letter before it was put back into its queue. */
export const BURIALS_HEADER = 'x-celeriac-burials';
