import { deliveryModes } from '../config/index.ts';
import { ConfigError, NotSupportedError } from '../errors.ts';
import {
  isCompression,
  isSerializer,
  strangeCompression,
  strangeSerializer,
} from '../protocol/index.ts';
import { nearest } from '../util/index.ts';
import * as check from './option-checks.ts';
import type { ChordOptions, SignatureOptions, WireOptions } from './options.ts';

/** Writes an option by Celery's names; most become one option, `properties` several. */
type Writer = (value: unknown) => WireOptions;

const writers: { readonly [Name in keyof Required<SignatureOptions>]: Writer } = {
  countdown: (value) => ({ countdown: check.secondsOf('countdown', value) }),
  eta: (value) => ({ eta: check.instantOf('eta', value) }),
  expires: (value) => {
    const isDate = value instanceof Date;
    return {
      expires: isDate ? check.instantOf('expires', value) : check.secondsOf('expires', value),
    };
  },
  queue: (value) => ({ queue: check.nonEmpty('queue', value) }),
  exchange: (value) => ({ exchange: check.anyText('exchange', value) }),
  exchangeType: (value) => ({
    exchange_type: check.oneOf('exchangeType', value, ['direct', 'topic', 'fanout']),
  }),
  routingKey: (value) => ({ routing_key: check.anyText('routingKey', value) }),
  priority: (value) => ({ priority: check.wholeOf('priority', value, [0, 9]) }),
  deliveryMode: (value) => {
    const mode = check.oneOf('deliveryMode', value, deliveryModes);
    return { delivery_mode: mode === 1 || mode === 'transient' ? 1 : 2 };
  },
  serializer: (value) => {
    const name = check.nonEmpty('serializer', value);
    if (!isSerializer(name)) throw new NotSupportedError(strangeSerializer(name));
    return { serializer: name };
  },
  compression: (value) => {
    const name = check.nonEmpty('compression', value);
    if (!isCompression(name)) throw new NotSupportedError(strangeCompression(name));
    return { compression: name };
  },
  taskId: (value) => ({ task_id: check.nonEmpty('taskId', value) }),
  ignoreResult: (value) => ({ ignore_result: check.flagOf('ignoreResult', value) }),
  headers: (value) => ({ headers: check.headersOf(value) }),
  link: (value) => ({ link: check.signaturesOf('link', value) }),
  linkError: (value) => ({ link_error: check.signaturesOf('linkError', value) }),
  shadow: (value) => ({ shadow: check.nonEmpty('shadow', value) }),
  replyTo: (value) => ({ reply_to: check.nonEmpty('replyTo', value) }),
  argsrepr: (value) => ({ argsrepr: check.anyText('argsrepr', value) }),
  kwargsrepr: (value) => ({ kwargsrepr: check.anyText('kwargsrepr', value) }),
  timeLimit: (value) => ({ time_limit: check.positiveSeconds('timeLimit', value) }),
  softTimeLimit: (value) => ({ soft_time_limit: check.positiveSeconds('softTimeLimit', value) }),
  addToParent: (value) => ({ add_to_parent: check.flagOf('addToParent', value) }),
  retry: (value) => ({ retry: check.flagOf('retry', value) }),
  retryPolicy: (value) => ({ retry_policy: policyOf(value) }),
  properties: (value) => propertiesOf(value),
};

const policyWriters: Readonly<Record<string, Writer>> = {
  maxRetries: (value) => ({
    max_retries:
      value === null
        ? null
        : check.wholeOf('retryPolicy.maxRetries', value, [0, Number.MAX_SAFE_INTEGER]),
  }),
  intervalStart: (value) => ({ interval_start: check.waitOf('retryPolicy.intervalStart', value) }),
  intervalStep: (value) => ({ interval_step: check.waitOf('retryPolicy.intervalStep', value) }),
  intervalMax: (value) => ({ interval_max: check.waitOf('retryPolicy.intervalMax', value) }),
};

function policyOf(value: unknown): WireOptions {
  return written('retryPolicy', value, policyWriters);
}

const propertyWriters: Readonly<Record<string, Writer>> = {
  appId: (value) => ({ app_id: check.nonEmpty('properties.appId', value) }),
  userId: (value) => ({ user_id: check.nonEmpty('properties.userId', value) }),
  messageId: (value) => ({ message_id: check.nonEmpty('properties.messageId', value) }),
  clusterId: (value) => ({ cluster_id: check.nonEmpty('properties.clusterId', value) }),
  type: (value) => ({ type: check.nonEmpty('properties.type', value) }),
  timestamp: (value) => ({
    timestamp: check.wholeOf('properties.timestamp', value, [0, Number.MAX_SAFE_INTEGER]),
  }),
};

function propertiesOf(value: unknown): WireOptions {
  return written('properties', value, propertyWriters);
}

function written(
  name: string,
  value: unknown,
  known: Readonly<Record<string, Writer>>,
): WireOptions {
  const wire: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(check.objectOf(name, value))) {
    if (item === undefined) continue;
    const write = Object.hasOwn(known, key) ? known[key] : undefined;
    if (!write) {
      const near = nearest(key, Object.keys(known));
      const hint = near ? `did you mean '${near}'?` : `known are ${Object.keys(known).join(', ')}`;
      throw new ConfigError(`unknown option '${name}.${key}'; ${hint}`);
    }
    Object.assign(wire, write(item));
  }
  return wire;
}

/** What Celery has and this version has not; asked for, it is refused. */
const unsupported: ReadonlySet<string> = new Set([
  'chord',
  'confirmTimeout',
  'connection',
  'declare',
  'immediate',
  'mandatory',
  'producer',
  'publisher',
  'stampedHeaders',
]);

/**
 * Checks options and writes them as Celery does in a signature. Options that are undefined or null count as
 * not given.
 * @param others - names that may be there and are none of its business
 * @throws ConfigError, NotSupportedError
 */
export function toWireOptions(options: object, others: readonly string[] = []): WireOptions {
  const wire: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(options)) {
    if (others.includes(name)) continue;
    const write = Object.hasOwn(writers, name) ? writers[name as keyof typeof writers] : undefined;
    if (!write && value !== undefined) {
      throw refusal(name, { known: [...Object.keys(writers), ...others] });
    }
    if (!write || value === undefined || value === null) continue;
    Object.assign(wire, write(value));
  }
  if (wire['eta'] !== undefined && wire['countdown'] !== undefined) {
    throw new ConfigError("give either 'countdown' or 'eta': both say when the task may start");
  }
  checkLimits(wire);
  return wire;
}

/** The same for a chord. @throws ConfigError, NotSupportedError */
export function toChordOptions({ interval, maxRetries, ...others }: ChordOptions): WireOptions {
  return {
    ...toWireOptions(others),
    ...(interval === undefined ? {} : { interval: check.positiveSeconds('interval', interval) }),
    ...(maxRetries === undefined || maxRetries === null
      ? {}
      : { max_retries: check.wholeOf('maxRetries', maxRetries, [0, Number.MAX_SAFE_INTEGER]) }),
  };
}

/** @throws ConfigError for a soft limit that the hard one would forestall */
export function checkLimits(wire: WireOptions): void {
  const { time_limit: hard, soft_time_limit: soft } = wire;
  if (typeof hard !== 'number' || typeof soft !== 'number' || soft <= hard) return;
  throw new ConfigError(
    `'softTimeLimit' (${soft} s) must not be longer than 'timeLimit' (${hard} s): the task would be ended before it is told`,
  );
}

/** The error for an option that nobody knows, or that this version does not do. */
export function refusal(
  name: string,
  names: { readonly known: readonly string[]; readonly unsupported?: ReadonlySet<string> },
): ConfigError | NotSupportedError {
  const refused = new Set([...unsupported, ...(names.unsupported ?? [])]);
  const supported = [...names.known].sort().join(', ');
  if (refused.has(name)) {
    return new NotSupportedError(
      `option '${name}' is not supported yet; supported are ${supported}`,
    );
  }
  const near = nearest(name, [...names.known, ...refused]);
  const hint = near ? `; did you mean '${near}'?` : `; known are ${supported}`;
  return new ConfigError(`unknown option '${name}'${hint}`);
}
