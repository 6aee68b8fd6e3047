import { ConfigError } from '../errors.ts';
import type { SignatureData } from '../protocol/index.ts';
import {
  type AsyncResult,
  type GroupResult,
  groupResultFromTuple,
  taskResult,
} from '../results/index.ts';
import { type Extras, noExtras } from './merge.ts';
import type { EagerOptions, Kwargs, SendOptions } from './options.ts';
import type { Sender, Sent } from './sender.ts';
import { idIn, withOptions } from './structure.ts';
import { toWireOptions } from './wire-options.ts';

/** A signature and who sends it; an empty group has nobody. */
export interface Sendability {
  readonly data: SignatureData;
  readonly sender: Sender | undefined;
}

const CALL_ONLY = ['args', 'kwargs', 'deadline', 'signal'];

/** Sends a signature with what a caller adds to it. @throws as `toWireOptions` and `Sender.send` */
export async function sendCall(
  { data, sender }: Sendability,
  call?: SendOptions & { readonly args?: unknown; readonly kwargs?: Kwargs | undefined },
): Promise<Sent> {
  if (!call) return sender ? sender.send(data, noExtras, {}) : nothingSent(idIn(data));
  const { args = [], kwargs = {}, deadline, signal } = call;
  const options = toWireOptions(call, CALL_ONLY);
  if (!sender) return nothingSent(idIn(withOptions(data, options)));
  const extras: Extras = { args: args as readonly unknown[], kwargs, options };
  return sender.send(data, extras, { deadline, signal });
}

/** Runs a signature here and now, with what a caller adds to it. @throws as `toWireOptions` and `Sender.apply` */
export async function applyCall(
  { data, sender }: Sendability,
  call: Omit<EagerOptions<never>, 'link'> & { readonly args?: unknown } = {},
): Promise<Sent> {
  const { args = [], kwargs = {} } = call;
  const options = toWireOptions(call, ['args', 'kwargs', 'throw']);
  if (!sender) return nothingSent(idIn(withOptions(data, options)));
  const extras: Extras = { args: args as readonly unknown[], kwargs, options };
  return sender.apply(data, extras, { throw: call.throw });
}

/** What a group can be told when it is sent. @throws ConfigError for links: Celery has none there either */
export function groupOptions<Options extends object>(options: Options): Options {
  for (const name of ['link', 'linkError']) {
    if ((options as Kwargs)[name] === undefined) continue;
    throw new ConfigError(
      name === 'link'
        ? 'a group has no end to link to: let a step follow it with pipe(), which makes a chord, or link its members with link()'
        : 'a group has no error of its own to link to: link its members with linkError()',
    );
  }
  return options;
}

/** The handle of the task that was sent. The caller knows what it returns. */
export function handleOf<Result>(sent: Sent): AsyncResult<Result> {
  return taskResult(sent.result, sent) as AsyncResult<Result>;
}

/** The handle of the group that was sent. The caller knows what its members return. */
export function groupHandleOf<Results extends readonly unknown[]>(
  sent: Sent,
): GroupResult<Results> {
  return groupResultFromTuple(sent.result, sent) as unknown as GroupResult<Results>;
}

/** An empty group has nobody to send it, and nothing to send: its results are there already. */
export function nothingSent(id: string = crypto.randomUUID()): Sent {
  const nothing = async () => {};
  const reader = { find: never, findMany: never, wait: never, forget: nothing, close: nothing };
  return { result: [[id, null], []], reader: async () => reader };
}

function never(): Promise<never> {
  return new Promise(() => {});
}
