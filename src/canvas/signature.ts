import type { SignatureData } from '../protocol/index.ts';
import {
  type AsyncResult,
  type GroupResult,
  groupResultFromTuple,
  taskResult,
} from '../results/index.ts';
import { type Extras, mergedOptions, noExtras } from './merge.ts';
import type {
  CallOptions,
  EagerOptions,
  Handed,
  Kwargs,
  SendOptions,
  SignatureOptions,
} from './options.ts';
import type { Sender, Sent } from './sender.ts';
import type { Given, StepTypes } from './types.ts';
import { toWireOptions } from './wire-options.ts';

/**
 * The parameters of `applyAsync`: `args` may be left out when none are left to give, or when `kwargs` gives them.
 * Those of `apply` have `EagerOptions` in place of the other ones.
 */
export type ApplyParameters<Left, Options = CallOptions> = [] extends Given<Left>
  ? [options?: Options & { readonly args?: Partial<Given<Left>> }]
  : [
      options:
        | (Options & { readonly args: Given<Left>; readonly kwargs?: undefined })
        | (Options & { readonly args?: Partial<Given<Left>>; readonly kwargs: Kwargs }),
    ];

/**
 * A call that is not made yet, as a value: it never changes, and `set` gives another one. `Left` is the union of
 * the argument lists that may still be put before its own, or `'immutable'`; `Result` is what the task returns.
 */
export class Signature<Left, Result> {
  declare readonly '~step'?: StepTypes<Left, Result>;
  /** The signature as it travels. */
  readonly data: SignatureData;
  readonly #sender: Sender;

  /** Called by tasks and apps; see `task.s()`, `app.signature()`. */
  constructor(data: SignatureData, sender: Sender) {
    this.data = data;
    this.#sender = sender;
  }

  /** The app that sends it. */
  get sender(): Sender {
    return this.#sender;
  }

  /** The same with these options over its own. @throws ConfigError, NotSupportedError */
  set(options: SignatureOptions<Handed<Result>>): Signature<Left, Result> {
    return new Signature(withOptions(this.data, options), this.#sender);
  }

  clone(): Signature<Left, Result> {
    return new Signature(this.data, this.#sender);
  }

  /** Sends it with these arguments before its own. */
  async delay(...left: Given<Left>): Promise<AsyncResult<Result>> {
    return handleOf(await sendCall(this, { args: left }));
  }

  /** Sends it with these arguments, keywords and options. */
  async applyAsync(
    ...[options]: ApplyParameters<Left, CallOptions<Handed<Result>>>
  ): Promise<AsyncResult<Result>> {
    return handleOf(await sendCall(this, options));
  }

  /** Runs it here and now, with these arguments, keywords and options; see `task.apply`. */
  async apply(
    ...[options]: ApplyParameters<Left, EagerOptions<Handed<Result>>>
  ): Promise<AsyncResult<Result>> {
    return handleOf(await applyCall(this, options));
  }

  toJSON(): SignatureData {
    return this.data;
  }
}

/** A group, or a chain that ends in one: as `Signature`, with a tuple of results. */
export class GroupSignature<Left, Results extends readonly unknown[]> {
  declare readonly '~step'?: StepTypes<Left, Results>;
  /** The signature as it travels. */
  readonly data: SignatureData;
  readonly #sender: Sender | undefined;

  /** Called by `group()` and `chain()`. */
  constructor(data: SignatureData, sender: Sender | undefined) {
    this.data = data;
    this.#sender = sender;
  }

  /** The app that sends it; an empty group has none. */
  get sender(): Sender | undefined {
    return this.#sender;
  }

  /** The same with these options over its own. @throws ConfigError, NotSupportedError */
  set(options: SignatureOptions): GroupSignature<Left, Results> {
    return new GroupSignature(withOptions(this.data, options), this.#sender);
  }

  clone(): GroupSignature<Left, Results> {
    return new GroupSignature(this.data, this.#sender);
  }

  /** Sends its members, each with these arguments before its own. */
  async delay(...left: Given<Left>): Promise<GroupResult<Results>> {
    return groupHandleOf(await sendCall(this, { args: left }));
  }

  /** Sends its members, each with these arguments, keywords and options. */
  async applyAsync(...[options]: ApplyParameters<Left>): Promise<GroupResult<Results>> {
    return groupHandleOf(await sendCall(this, options));
  }

  /** Runs its members here and now, one after the other; see `task.apply`. */
  async apply(...[options]: ApplyParameters<Left, EagerOptions>): Promise<GroupResult<Results>> {
    return groupHandleOf(await applyCall(this, options));
  }

  toJSON(): SignatureData {
    return this.data;
  }
}

const CALL_ONLY = ['args', 'kwargs', 'deadline', 'signal'];

/** Sends a signature with what a caller adds to it. @throws as `toWireOptions` and `Sender.send` */
export async function sendCall(
  signature: { readonly data: SignatureData; readonly sender: Sender | undefined },
  call?: SendOptions & { readonly args?: unknown; readonly kwargs?: Kwargs | undefined },
): Promise<Sent> {
  const { sender } = signature;
  if (!sender) return nothingSent();
  if (!call) return sender.send(signature.data, noExtras, {});
  const { args = [], kwargs = {}, deadline, signal } = call;
  const options = toWireOptions(call, CALL_ONLY);
  const extras: Extras = { args: args as readonly unknown[], kwargs, options };
  return sender.send(signature.data, extras, { deadline, signal });
}

/** Runs a signature here and now, with what a caller adds to it. @throws as `toWireOptions` and `Sender.apply` */
export async function applyCall(
  signature: { readonly data: SignatureData; readonly sender: Sender | undefined },
  call: Omit<EagerOptions<never>, 'link'> & { readonly args?: unknown } = {},
): Promise<Sent> {
  const { sender } = signature;
  if (!sender) return nothingSent();
  const { args = [], kwargs = {} } = call;
  const options = toWireOptions(call, ['args', 'kwargs', 'throw']);
  const extras: Extras = { args: args as readonly unknown[], kwargs, options };
  return sender.apply(signature.data, extras, { throw: call.throw });
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
function nothingSent(): Sent {
  const reader = { find: never, wait: never, forget: async () => {}, close: async () => {} };
  return { result: [[crypto.randomUUID(), null], []], reader: async () => reader };
}

function never(): Promise<never> {
  return new Promise(() => {});
}

function withOptions(data: SignatureData, options: object): SignatureData {
  return { ...data, options: mergedOptions(data.options, toWireOptions(options)) };
}
