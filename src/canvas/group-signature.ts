import type { SignatureData } from '../protocol/index.ts';
import type { GroupResult } from '../results/index.ts';
import { applyCall, groupHandleOf, groupOptions, nothingSent, sendCall } from './calls.ts';
import { CanvasGraph } from './canvas-graph.ts';
import { cloned, withCallOptions, withErrorLink, withLink } from './copies.ts';
import { flattenLinks } from './links.ts';
import type { CallOptions, EagerOptions, SignatureOptions } from './options.ts';
import { withImmutable } from './parts.ts';
import { piped } from './piped.ts';
import { signatureRepr } from './repr.ts';
import type { Sender } from './sender.ts';
import type {
  ApplyParameters,
  FrozenWith,
  GroupCallOptions,
  Immutably,
  Positional,
} from './signature-types.ts';
import { type SkewOptions, skewed } from './skew.ts';
import { linksStampedBy, type StampParameters, stampedBy } from './stamping.ts';
import { idIn } from './structure.ts';
import type {
  After,
  AnyStep,
  Behind,
  Given,
  GroupTypes,
  Immutable,
  LeftAfterFront,
  OnlyOr,
  StepAfter,
  Whole,
} from './types.ts';

/**
 * A group, or what ends in one: as `Signature`, with a tuple of results. `Hands` is the list that a step behind it
 * gets: it differs where a member ends in a group itself. `Kind` is `end` for what is no group but ends in one.
 */
export class GroupSignature<
  Left,
  Results extends readonly unknown[],
  Hands = Results,
  Kind extends 'group' | 'end' = 'group',
> {
  declare readonly '~step'?: GroupTypes<Left, Results, Hands, Kind> & {
    readonly behind: GroupBehind<Results, Hands>;
  };
  /** The signature as it travels. */
  readonly data: SignatureData;
  readonly #sender: Sender | undefined;

  /** Called by `group()`, `chain()` and `chord()`. */
  constructor(data: SignatureData, sender: Sender | undefined) {
    this.data = data;
    this.#sender = sender;
  }

  /** The app that sends it; an empty group has none. */
  get sender(): Sender | undefined {
    return this.#sender;
  }

  /** The id that the group will have, if it is said already. */
  get id(): string | undefined {
    return idIn(this.data);
  }

  /** The same with these options over its own; all members are sent with them. @throws ConfigError, NotSupportedError */
  set(options: GroupCallOptions<SignatureOptions>): this {
    return this.like(withCallOptions(this.data, groupOptions(options)));
  }

  /** A copy; see `Signature.clone`: each member has these arguments before its own. @throws ConfigError */
  clone<Args extends readonly unknown[]>(
    more: GroupCallOptions<Positional<Left, Args, never>>,
  ): GroupSignature<LeftAfterFront<Left, Args>, Results, Hands, Kind>;
  clone(more?: GroupCallOptions<SignatureOptions>): this;
  clone(more: object = {}): unknown {
    return this.like(cloned(this.data, groupOptions(more)));
  }

  /**
   * The same, sending this once its first member has succeeded, as Celery does, with nothing: the others may still
   * run or fail. For what all members came to there is `pipe`. @throws ConfigError for an empty group
   */
  link<Step extends AnyStep>(callback: Step & Whole<Step>): this {
    return this.like(withLink(this.data, callback));
  }

  /** The same, sending this for each member that fails, with its id. */
  linkError(errback: StepAfter<string>): this {
    return this.like(withErrorLink(this.data, errback, this.#sender));
  }

  /** The same as `linkError`. */
  onError(errback: StepAfter<string>): this {
    return this.linkError(errback);
  }

  /** The same with members that take nothing from a step before them; with `false` they do, fitting or not. */
  setImmutable(immutable: false): GroupSignature<unknown[], Results, Hands, Kind>;
  setImmutable(...immutable: Immutably<Left>): GroupSignature<Immutable, Results, Hands, Kind>;
  setImmutable(immutable = true): unknown {
    return new GroupSignature(withImmutable(this.data, immutable), this.#sender);
  }

  /** The same with members that start one after the other, by rising countdowns. @throws ConfigError for what is no group */
  skew(options: SkewOptions = {}): this {
    return this.like(skewed(this.data, options));
  }

  /** Followed by a step that gets the list of all results, however many members there are: a chord. */
  pipe<Next extends AnyStep>(
    next: Next & StepAfter<Kind extends 'group' ? Hands : OnlyOr<Hands>>,
  ): After<Left, Next> {
    return piped(this, next) as After<Left, Next>;
  }

  /** The same with the ids of all its tasks in it, and the handle of its results; see `Signature.freeze`. */
  freeze(): FrozenWith<this, GroupResult<Results>> {
    if (!this.#sender) return { signature: this, result: groupHandleOf(nothingSent(this.id)) };
    const { signature, sent } = this.#sender.freeze(this.data);
    return { signature: this.like(signature), result: groupHandleOf(sent) };
  }

  /** It and all that is linked to it, and to that, by successes. */
  flattenLinks(): readonly SignatureData[] {
    return flattenLinks(this.data);
  }

  /** The same with stamps on each member, and on what is linked to it. @throws ConfigError */
  stamp(...stamps: StampParameters): this {
    return this.like(stampedBy(this.data, stamps));
  }

  /** The same with stamps on what is linked to it; its members are not looked at. @throws ConfigError */
  stampLinks(...stamps: StampParameters): this {
    return this.like(linksStampedBy(this.data, stamps));
  }

  /** Sends its members, each with these arguments before its own. */
  async delay(...left: Given<Left>): Promise<GroupResult<Results>> {
    return groupHandleOf(await sendCall(this, { args: left }));
  }

  /** Sends its members, each with these arguments, keywords and options. */
  async applyAsync(
    ...[options]: ApplyParameters<Left, GroupCallOptions<CallOptions>>
  ): Promise<GroupResult<Results>> {
    return groupHandleOf(await sendCall(this, options && groupOptions(options)));
  }

  /** Runs its members here and now, one after the other; see `task.apply`. */
  async apply(
    ...[options]: ApplyParameters<Left, GroupCallOptions<EagerOptions>>
  ): Promise<GroupResult<Results>> {
    return groupHandleOf(await applyCall(this, options && groupOptions(options)));
  }

  /** A picture of it: `signature.graph.toMermaid()`. */
  get graph(): CanvasGraph {
    return new CanvasGraph(this.data);
  }

  toJSON(): SignatureData {
    return this.data;
  }

  /** As Celery shows it: `group([tasks.add(2, 2), mul(3)])`. */
  toString(): string {
    return signatureRepr(this.data);
  }

  /** One of the same class with other data; for what is made of several. */
  like(data: SignatureData, sender: Sender | undefined = this.#sender): this {
    return new GroupSignature(data, sender) as this;
  }
}

/** See `Behind`. */
interface GroupBehind<Results extends readonly unknown[], Hands> extends Behind {
  readonly made: GroupSignature<this['left'], Results, Hands, 'end'>;
}
