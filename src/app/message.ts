import { type PlannedTask, reservedHeaders, type WireOptions } from '../canvas/index.ts';
import type { Settings } from '../config/index.ts';
import { MessageInvalidError, NotSupportedError } from '../errors.ts';
import {
  argsRepr,
  decodeJson,
  encodeBody,
  kwargsRepr,
  type OutgoingMessage,
  parseWireTime,
  RawJson,
  type TaskHeaders,
  toWireTime,
} from '../protocol/index.ts';
import type { Millis } from '../util/index.ts';

/** What a message is made of besides the plan. Nothing here does I/O. */
export interface MessageContext {
  readonly settings: Pick<
    Settings,
    'taskDefaultQueue' | 'taskDefaultPriority' | 'taskIgnoreResult' | 'jsonTypes'
  >;
  readonly nowMs: Millis;
  /** Who sends it, such as `gen1234@host`. */
  readonly origin: string;
  /** What the task says of itself, if this process knows it. */
  readonly defaults: MessageDefaults | undefined;
}

/** The options of a task that its messages carry. */
export interface MessageDefaults {
  readonly queue?: string | undefined;
  readonly priority?: number | undefined;
  readonly ignoreResult?: boolean | undefined;
}

/**
 * The message of a planned task. A span in its options counts from now; its own options come before the task's,
 * and those before the settings. Source: `as_task_v2` in Celery's `app/amqp.py`.
 * @throws EncodeError for an argument without a form on the wire, with its path
 */
export function buildMessage(planned: PlannedTask, context: MessageContext): OutgoingMessage {
  const { options, id } = planned;
  refuseUnsupported(planned.task, options);
  const expiresMs = instantOf(options['expires'], context.nowMs, 'expires');
  return {
    queue: queueOf(planned, context),
    headers: headersOf(planned, context, expiresMs),
    properties: {
      correlation_id: id,
      reply_to: planned.replyTo,
      delivery_mode: 2,
      ...(expiresMs === undefined
        ? {}
        : { expiration: String(Math.max(0, Math.round(expiresMs - context.nowMs))) }),
      priority: priorityOf(options, context),
    },
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    body: encodeBody(planned.args, planned.kwargs, planned.embed, {
      types: context.settings.jsonTypes,
    }),
  };
}

/** Whether nobody will find a result of a task that is sent with these options. */
export function ignoresResult(
  options: WireOptions,
  { defaults, settings }: Pick<MessageContext, 'defaults' | 'settings'>,
): boolean {
  const own = options['ignore_result'];
  return typeof own === 'boolean' ? own : (defaults?.ignoreResult ?? settings.taskIgnoreResult);
}

function headersOf(
  planned: PlannedTask,
  context: MessageContext,
  expiresMs: Millis | undefined,
): TaskHeaders {
  const { options } = planned;
  return {
    lang: 'js',
    task: planned.task,
    id: planned.id,
    shadow: textOf(options['shadow']) ?? null,
    eta: etaOf(options, context.nowMs),
    expires: timeText(options['expires'], expiresMs),
    group: planned.group,
    group_index: planned.groupIndex,
    retries: numberOf(options['retries']) ?? 0,
    timelimit: [numberOf(options['time_limit']), numberOf(options['soft_time_limit'])],
    root_id: planned.rootId,
    parent_id: planned.parentId,
    argsrepr: textOf(options['argsrepr']) ?? argsRepr(planned.args.map(readable)),
    kwargsrepr: textOf(options['kwargsrepr']) ?? kwargsRepr(planned.kwargs),
    origin: context.origin,
    ignore_result: ignoresResult(options, context),
    replaced_task_nesting: numberOf(options['replaced_task_nesting']) ?? 0,
    ...stampsIn(options),
    ...customHeaders(options['headers']),
  };
}

function queueOf({ options }: PlannedTask, { defaults, settings }: MessageContext): string {
  const routed = options['exchange'] === '' || options['exchange'] === undefined;
  const own = textOf(options['queue']) ?? (routed ? textOf(options['routing_key']) : undefined);
  return own ?? defaults?.queue ?? settings.taskDefaultQueue;
}

function priorityOf(options: WireOptions, { defaults, settings }: MessageContext): number {
  return numberOf(options['priority']) ?? defaults?.priority ?? settings.taskDefaultPriority;
}

/** A time goes out as it was written, with its own offset. */
function etaOf(options: WireOptions, nowMs: Millis): string | null {
  const countdown = numberOf(options['countdown']);
  if (countdown !== null) return toWireTime(nowMs + countdown * 1000);
  return timeText(options['eta'], instantOf(options['eta'], nowMs, 'eta'));
}

function timeText(value: unknown, ms: Millis | undefined): string | null {
  if (ms === undefined) return null;
  return typeof value === 'string' ? value : toWireTime(ms);
}

/** Seconds from now, an ISO text or a Date. @throws MessageInvalidError */
function instantOf(value: unknown, nowMs: Millis, name: string): Millis | undefined {
  if (value === undefined || value === null) return undefined;
  const ms = typeof value === 'number' ? nowMs + value * 1000 : parseWireTime(value);
  if (ms === undefined) {
    throw new MessageInvalidError(`option '${name}' of a signature is no time: '${String(value)}'`);
  }
  return ms;
}

function stampsIn(options: WireOptions): Pick<TaskHeaders, 'stamped_headers' | 'stamps'> {
  const names = options['stamped_headers'];
  if (!Array.isArray(names)) return { stamped_headers: null, stamps: {} };
  const texts = names.filter((name) => typeof name === 'string');
  const stamps = Object.fromEntries(texts.map((name) => [name, options[name]]));
  return { stamped_headers: texts, stamps };
}

function customHeaders(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).filter(([name]) => !reservedHeaders.has(name)));
}

/** Signatures made elsewhere may ask for what would change how the message is read: it is refused, not dropped. */
function refuseUnsupported(task: string, options: WireOptions): void {
  const { serializer, compression, exchange } = options;
  const asked =
    (serializer !== undefined && serializer !== 'json' && `serializer '${String(serializer)}'`) ||
    (compression !== undefined &&
      compression !== 'none' &&
      `compression '${String(compression)}'`) ||
    (exchange !== undefined &&
      exchange !== '' &&
      exchange !== options['queue'] &&
      `exchange '${String(exchange)}'`);
  if (!asked) return;
  throw new NotSupportedError(`task '${task}' asks for ${asked}, which is not supported yet`);
}

/** Text for people of a result that is passed on: as long as it is short enough to be shown whole. */
function readable(arg: unknown): unknown {
  if (!(arg instanceof RawJson)) return arg;
  return arg.text.length > SHOWN_MAX ? `${arg.text.slice(0, SHOWN_MAX)}...` : decodeJson(arg.text);
}

const SHOWN_MAX = 4_096;

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
