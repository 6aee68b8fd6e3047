import {
  checkLimits,
  type PlannedTask,
  reservedHeaders,
  type WireOptions,
} from '../canvas/index.ts';
import type { Settings } from '../config/index.ts';
import { MessageInvalidError } from '../errors.ts';
import {
  argsRepr,
  decodeJson,
  kwargsRepr,
  type MessageProperties,
  type OutgoingMessage,
  parseWireTime,
  pythonRepr,
  RawJson,
  type Serializer,
  type TaskHeaders,
  toWireTime,
} from '../protocol/index.ts';
import { type Millis, nonEmptyText } from '../util/index.ts';
import { extrasOf } from './extra-properties.ts';
import { encodeWithin } from './payload-limit.ts';
import type { Router } from './routing/router.ts';

/** What a message is made of besides the plan. Nothing here does I/O. */
export interface MessageContext {
  readonly settings: Pick<
    Settings,
    | 'taskDefaultPriority'
    | 'taskDefaultDeliveryMode'
    | 'taskIgnoreResult'
    | 'taskSerializer'
    | 'taskCompression'
    | 'taskMaxPayload'
    | 'jsonTypes'
  >;
  readonly router: Router;
  readonly nowMs: Millis;
  /** Who sends it, such as `gen1234@host`. */
  readonly origin: string;
  /** The task, if this process knows it. */
  readonly task: MessageTask | undefined;
  /** That of signed messages, if the app signs. */
  readonly auth?: Serializer | undefined;
  /** That of the task that sends it, if the message is to have the same. */
  readonly parentPriority?: number | undefined;
}

/** What a message takes from its task. */
export interface MessageTask {
  readonly name: string;
  readonly options: Readonly<{
    /** Send options by Celery's names; undefined if there are none. */
    publish: WireOptions | undefined;
    ignoreResult: boolean | undefined;
  }>;
}

/**
 * The message of a planned task. A span in its options counts from now; its own options come before the task's,
 * those before a route's, and the settings last. Source: `as_task_v2` in Celery's `app/amqp.py`.
 * @throws EncodeError for an argument without a form on the wire, with its path; PayloadTooLargeError,
 * QueueNotFoundError, ConfigError
 */
export function buildMessage(planned: PlannedTask, context: MessageContext): OutgoingMessage {
  const { settings, router } = context;
  const options = optionsOf(planned, context);
  const expiresMs = instantOf(options['expires'], context.nowMs, 'expires');
  const { queue, route, bound } = router.destination(options);
  const { contentType, contentEncoding, compression, body } = encodeWithin(
    planned,
    {
      types: settings.jsonTypes,
      serializer: nonEmptyText(options['serializer']) ?? settings.taskSerializer,
      compression: nonEmptyText(options['compression']) ?? settings.taskCompression,
      auth: context.auth,
    },
    { taskName: planned.task, maxBytes: settings.taskMaxPayload },
  );
  const parts = { planned, options, context, expiresMs };
  const headers = headersOf(parts);
  return {
    queue,
    ...(route ? { route } : undefined),
    ...(bound ? { bound } : undefined),
    // last, as Celery has it
    headers: compression === undefined ? headers : { ...headers, compression },
    properties: propertiesOf(parts),
    contentType,
    contentEncoding,
    body,
  };
}

/** The caller's options over the task's, over those of a route. */
function optionsOf(planned: PlannedTask, context: MessageContext): WireOptions {
  const { router, task, parentPriority } = context;
  const defaults = task?.options.publish;
  let options = defaults ? { ...defaults, ...planned.options } : planned.options;
  if (parentPriority !== undefined && options['priority'] === undefined) {
    options = { ...options, priority: parentPriority };
  }
  if (!router.hasRoutes) return options;
  const { task: own, args, kwargs, routedAs: name = own } = planned;
  return router.routed({
    ...{ name, kwargs, options, task },
    // a result that is passed on is decoded only for a route that is a function
    get args() {
      return args.map((arg) => (arg instanceof RawJson ? decodeJson(arg.text) : arg));
    },
  });
}

interface MessageParts {
  readonly planned: PlannedTask;
  readonly options: WireOptions;
  readonly context: MessageContext;
  readonly expiresMs: Millis | undefined;
}

function propertiesOf({ planned, options, context, expiresMs }: MessageParts): MessageProperties {
  const { settings, nowMs } = context;
  return {
    correlation_id: planned.id,
    reply_to: planned.replyTo,
    delivery_mode: deliveryModeOf(options['delivery_mode'] ?? settings.taskDefaultDeliveryMode),
    ...(expiresMs === undefined
      ? undefined
      : { expiration: String(Math.max(0, Math.round(expiresMs - nowMs))) }),
    priority: numberOf(options['priority']) ?? settings.taskDefaultPriority,
    ...extrasOf(options),
  };
}

function deliveryModeOf(mode: unknown): 1 | 2 {
  return mode === 1 || mode === 'transient' ? 1 : 2;
}

/** Whether nobody will find a result of a task that is sent with these options. */
export function ignoresResult(
  options: WireOptions,
  { task, settings }: Pick<MessageContext, 'task' | 'settings'>,
): boolean {
  const own = options['ignore_result'];
  return typeof own === 'boolean' ? own : (task?.options.ignoreResult ?? settings.taskIgnoreResult);
}

function headersOf({ planned, options, context, expiresMs }: MessageParts): TaskHeaders {
  return {
    lang: 'js',
    task: planned.task,
    id: planned.id,
    shadow: nonEmptyText(options['shadow']) ?? null,
    eta: etaOf(options, context.nowMs),
    expires: timeText(options['expires'], expiresMs),
    group: planned.group,
    group_index: planned.groupIndex,
    retries: numberOf(options['retries']) ?? 0,
    timelimit: limitsOf(options),
    root_id: planned.rootId,
    parent_id: planned.parentId,
    argsrepr: nonEmptyText(options['argsrepr']) ?? argsRepr(planned.args.map(readable)),
    kwargsrepr: nonEmptyText(options['kwargsrepr']) ?? kwargsRepr(planned.kwargs),
    origin: context.origin,
    ignore_result: ignoresResult(options, context),
    replaced_task_nesting: numberOf(options['replaced_task_nesting']) ?? 0,
    ...stampsIn(options),
    ...customHeaders(options['headers']),
  };
}

/** Seconds: the hard limit, then the soft one. @throws ConfigError for a soft one that is longer */
function limitsOf(options: WireOptions): TaskHeaders['timelimit'] {
  const hard = numberOf(options['time_limit']);
  const soft = numberOf(options['soft_time_limit']);
  if (hard !== null && soft !== null) checkLimits(options);
  return [hard, soft];
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
    throw new MessageInvalidError(
      `option '${name}' of a signature is no time: ${pythonRepr(value, 100)}`,
    );
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

/** Text for people of a result that is passed on: as long as it is short enough to be shown whole. */
function readable(arg: unknown): unknown {
  if (!(arg instanceof RawJson)) return arg;
  return arg.text.length > SHOWN_MAX ? `${arg.text.slice(0, SHOWN_MAX)}...` : decodeJson(arg.text);
}

const SHOWN_MAX = 4_096;

function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
