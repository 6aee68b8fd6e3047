import { inspect } from 'node:util';
import { reservedHeaders } from '../../canvas/index.ts';
import type { Job } from '../../pool/index.ts';
import {
  type Body,
  DELIVERIES_HEADER,
  type Delivery,
  decodeJson,
  parseWireTime,
  type ResultTuple,
  type SignatureData,
} from '../../protocol/index.ts';
import type { DeliveryInfo, TaskRequest } from '../context.ts';

/** What a request is read from. */
export interface RequestParts {
  readonly job: Job;
  readonly body: Body;
  readonly nodeName: string;
  readonly isEager: boolean;
  readonly run: { readonly children: readonly ResultTuple[] };
}

type Fields = Readonly<Record<string, unknown>>;

/** The request of a task that runs. Its message's headers are read when something of them is asked for. */
export class RunRequest implements TaskRequest {
  readonly #parts: RequestParts;
  #read: Fields | undefined;

  constructor(parts: RequestParts) {
    this.#parts = parts;
  }

  get id(): string {
    return this.#parts.job.id;
  }

  get task(): string {
    return this.#parts.job.task;
  }

  get args(): readonly unknown[] {
    return this.#parts.body.args;
  }

  get kwargs(): Fields {
    return this.#parts.body.kwargs;
  }

  get retries(): number {
    return this.#number('retries') ?? 0;
  }

  get rootId(): string {
    return this.#text('root_id') ?? this.id;
  }

  get parentId(): string | null {
    return this.#text('parent_id');
  }

  get groupId(): string | null {
    return this.#text('group');
  }

  get groupIndex(): number | null {
    return this.#number('group_index');
  }

  get eta(): Date | null {
    return dateOf(this.#headers['eta']);
  }

  get expires(): Date | null {
    return dateOf(this.#headers['expires']);
  }

  get queue(): string {
    return this.#parts.job.queue;
  }

  get priority(): number {
    return this.#parts.job.priority;
  }

  get deliveryInfo(): DeliveryInfo {
    const { delivery_info: info } = this.properties;
    const { exchange, routing_key: key } = isFields(info) ? info : {};
    return {
      exchange: typeof exchange === 'string' ? exchange : '',
      routingKey: typeof key === 'string' ? key : this.queue,
      priority: this.priority,
      redelivered: this.isRedelivered,
    };
  }

  get origin(): string | null {
    return this.#text('origin');
  }

  get replyTo(): string | null {
    return this.#parts.job.replyTo;
  }

  get correlationId(): string | null {
    return this.#parts.job.correlationId;
  }

  get nodeName(): string {
    return this.#parts.nodeName;
  }

  get isEager(): boolean {
    return this.#parts.isEager;
  }

  get isRedelivered(): boolean {
    return this.#headers['redelivered'] === true || (this.#number(DELIVERIES_HEADER) ?? 0) > 0;
  }

  get shadow(): string | null {
    return this.#text('shadow');
  }

  get ignoreResult(): boolean | null {
    const said = this.#headers['ignore_result'];
    return typeof said === 'boolean' ? said : null;
  }

  get timelimit(): TaskRequest['timelimit'] {
    const limits = this.#headers['timelimit'];
    const [hard, soft]: readonly unknown[] = Array.isArray(limits) ? limits : [];
    return [typeof hard === 'number' ? hard : null, typeof soft === 'number' ? soft : null];
  }

  get callbacks(): readonly SignatureData[] | null {
    return this.#parts.body.embed.callbacks;
  }

  get errbacks(): readonly SignatureData[] | null {
    return this.#parts.body.embed.errbacks;
  }

  get chain(): readonly SignatureData[] | null {
    return this.#parts.body.embed.chain;
  }

  get chord(): SignatureData | null {
    return this.#parts.body.embed.chord;
  }

  get stampedHeaders(): readonly string[] {
    const names = this.#headers['stamped_headers'];
    return Array.isArray(names) ? names.filter((each) => typeof each === 'string') : [];
  }

  get stamps(): Fields {
    const { stamps } = this.#headers;
    return isFields(stamps) ? stamps : {};
  }

  get replacedTaskNesting(): number {
    return this.#number('replaced_task_nesting') ?? 0;
  }

  get headers(): Fields {
    const all = Object.entries(this.#headers);
    return Object.fromEntries(all.filter(([name]) => !isOwn(name)));
  }

  get properties(): Fields {
    const { properties, replyTo, correlationId, priority, queue } = this.#parts.job;
    return (
      properties ?? {
        correlation_id: correlationId,
        reply_to: replyTo,
        delivery_mode: 2,
        delivery_info: { exchange: '', routing_key: queue },
        priority,
      }
    );
  }

  get children(): readonly ResultTuple[] {
    return [...this.#parts.run.children];
  }

  /** The message as a delivery has it. */
  asMessage(): Pick<Delivery, 'queue' | 'headers' | 'properties'> {
    return { queue: this.queue, headers: this.#headers, properties: this.properties };
  }

  /** All of it, for those who print it. */
  toJSON(): Fields {
    const described = Object.entries(Object.getOwnPropertyDescriptors(RunRequest.prototype));
    const names = described.filter(([, { get }]) => get).map(([name]) => name);
    return Object.fromEntries(names.map((name) => [name, this[name as keyof TaskRequest]]));
  }

  [inspect.custom](): Fields {
    return this.toJSON();
  }

  get #headers(): Fields {
    this.#read ??= decodeJson(this.#parts.job.headersText) as Fields;
    return this.#read;
  }

  #text(name: string): string | null {
    const value = this.#headers[name];
    return typeof value === 'string' ? value : null;
  }

  #number(name: string): number | null {
    const value = this.#headers[name];
    return typeof value === 'number' ? value : null;
  }
}

/** Headers that are Celery's, the broker's or ours. */
function isOwn(name: string): boolean {
  return reservedHeaders.has(name) || name === 'redelivered' || name.startsWith('x-celeriac-');
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function dateOf(value: unknown): Date | null {
  const ms = parseWireTime(value);
  return ms === undefined ? null : new Date(ms);
}
