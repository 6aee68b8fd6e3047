import type { SignatureData } from '../protocol/index.ts';
import type { AsyncResult } from '../results/index.ts';
import { applyCall, handleOf, sendCall } from './calls.ts';
import { CanvasGraph } from './canvas-graph.ts';
import {
  type CloneOptions,
  cloned,
  type Replacement,
  replaced,
  withCallOptions,
  withErrorLink,
  withLink,
} from './copies.ts';
import { flattenLinks } from './links.ts';
import type { CallOptions, EagerOptions, Handed, Kwargs, SignatureOptions } from './options.ts';
import { withImmutable } from './parts.ts';
import { piped } from './piped.ts';
import { signatureRepr } from './repr.ts';
import type { Sender } from './sender.ts';
import type { ApplyParameters, FrozenWith, Immutably, Positional } from './signature-types.ts';
import { linksStampedBy, type StampParameters, stampedBy } from './stamping.ts';
import { idIn } from './structure.ts';
import type {
  After,
  AnyStep,
  Behind,
  Given,
  Immutable,
  LeftAfterFront,
  StepAfter,
  StepTypes,
} from './types.ts';

/**
 * A call that is not made yet, as a value: it never changes, and what is said of it gives another one. `Left` is the
 * union of the argument lists that may still be put before its own, or `'immutable'`; `Result` is what the task returns,
 * or the last one of a chain, or a chord's body.
 */
export class Signature<Left, Result> {
  declare readonly '~step'?: StepTypes<Left, Result> & { readonly behind: SignatureBehind<Result> };
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

  /** The id that its task will have, if it is said already. */
  get id(): string | undefined {
    return idIn(this.data);
  }

  /** The same with these options over its own. @throws ConfigError, NotSupportedError */
  set(options: SignatureOptions<Handed<Result>>): this {
    return this.like(withCallOptions(this.data, options));
  }

  /**
   * A copy. With `args` it has these before its own, with `kwargs` and options it has these over its own.
   * @throws ConfigError, NotSupportedError
   */
  clone<Args extends readonly unknown[]>(
    more: Positional<Left, Args, Result>,
  ): Signature<LeftAfterFront<Left, Args>, Result>;
  clone(
    more: CloneOptions<Partial<Given<Left>>, Result> & { readonly kwargs: Kwargs },
  ): Signature<unknown[], Result>;
  clone(more?: SignatureOptions<Handed<Result>>): this;
  clone(more: object = {}): unknown {
    return this.like(cloned(this.data, more));
  }

  /** A copy with other arguments, keywords or options in place of its own; nobody knows what it then lacks. */
  replace(parts: Replacement<Result>): Signature<unknown[], Result> {
    return new Signature(replaced(this.data, parts), this.#sender);
  }

  /** The same, sending this once it has succeeded, with its result; nothing new if an equal one is linked already. */
  link(callback: StepAfter<Handed<Result>>): this {
    return this.like(withLink(this.data, callback));
  }

  /** The same, sending this once it has failed, with the id of what failed; a chain once any step has. */
  linkError(errback: StepAfter<string>): this {
    return this.like(withErrorLink(this.data, errback, this.#sender));
  }

  /** The same as `linkError`. */
  onError(errback: StepAfter<string>): this {
    return this.linkError(errback);
  }

  /** The same, taking nothing from a step before it; with `false` it takes what it is given, fitting or not. */
  setImmutable(immutable: false): Signature<unknown[], Result>;
  setImmutable(...immutable: Immutably<Left>): Signature<Immutable, Result>;
  setImmutable(immutable = true): unknown {
    return new Signature(withImmutable(this.data, immutable), this.#sender);
  }

  /** Followed by another step: the same as a chain of the two. */
  pipe<Next extends AnyStep>(next: Next & StepAfter<Result>): After<Left, Next> {
    return piped(this, next) as After<Left, Next>;
  }

  /** The same with the ids of all its tasks in it, and the handle of its result. Whoever sends it twice has one result. */
  freeze(): FrozenWith<this, AsyncResult<Result>> {
    const { signature, sent } = this.#sender.freeze(this.data);
    return { signature: this.like(signature), result: handleOf(sent) };
  }

  /** It and all that is linked to it, and to that, by successes. */
  flattenLinks(): readonly SignatureData[] {
    return flattenLinks(this.data);
  }

  /** The same with stamps on each task in it, and on what is linked to it. @throws ConfigError */
  stamp(...stamps: StampParameters): this {
    return this.like(stampedBy(this.data, stamps));
  }

  /** The same with stamps on what is linked to it. @throws ConfigError */
  stampLinks(...stamps: StampParameters): this {
    return this.like(linksStampedBy(this.data, stamps));
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

  /** A picture of it: `signature.graph.toMermaid()`. */
  get graph(): CanvasGraph {
    return new CanvasGraph(this.data);
  }

  toJSON(): SignatureData {
    return this.data;
  }

  /** As Celery shows it: `tasks.add(2, 2) | mul(3)`. */
  toString(): string {
    return signatureRepr(this.data);
  }

  /** One of the same class with other data; for what is made of several. */
  like(data: SignatureData, sender: Sender = this.#sender): this {
    return new Signature(data, sender) as this;
  }
}

/** See `Behind`. */
interface SignatureBehind<Result> extends Behind {
  readonly made: Signature<this['left'], Result>;
}
