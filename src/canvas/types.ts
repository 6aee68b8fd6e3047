import type { SignatureData } from '../protocol/index.ts';

/**
 * Types that know which arguments of a task are given and which are left. `Left` in them is either a union
 * of tuples, the arguments that may still be put before those a signature has, or `'immutable'`.
 */

/** What a signature made with `si` has left: it takes nothing, not even the result of a step before it. */
export type Immutable = 'immutable';

/** A parameter list that is nothing but a rest parameter. */
type IsArray<Params extends readonly unknown[]> = number extends Params['length']
  ? Params[number][] extends Params
    ? true
    : false
  : false;

/** All the ends of a parameter list: what `s` may be called with. */
export type Ends<Params extends readonly unknown[]> = IsArray<Params> extends true
  ? Params
  : Params extends readonly []
    ? []
    : Params extends readonly [_?: infer _First, ...rest: infer Rest]
      ? Params | Ends<Rest>
      : never;

/** What is left of a parameter list once its last parameters are given. */
export type LeftAfter<
  Params extends readonly unknown[],
  Own extends readonly unknown[],
> = Own extends readonly [] ? Params : Cuts<Params, Params, Own>;

/** Cuts the list everywhere, and keeps what is before the cut where `Own` fits behind it. */
type Cuts<
  Whole extends readonly unknown[],
  Tail extends readonly unknown[],
  Own extends readonly unknown[],
  Before extends readonly unknown[] = [],
> = IsArray<Tail> extends true
  ? Own extends Tail
    ? [...Before, ...Tail]
    : never
  : Tail extends readonly []
    ? never
    : Tail extends readonly [_?: infer First, ...rest: infer Rest]
      ?
          | (Own extends Tail ? Named<Whole, Tail, Before> : never)
          | Cuts<Whole, Rest, Own, [...Before, First]>
      : never;

/** `Before` with its parameters' names, where TypeScript can tell them. */
type Named<
  Whole extends readonly unknown[],
  Tail extends readonly unknown[],
  Before extends readonly unknown[],
> = Whole extends readonly [...infer Head, ...Tail]
  ? Required<Head> extends Before
    ? Required<Head>
    : Before
  : Before;

/** The arguments to call something with that has `Left` left. */
export type Given<Left> = Left extends readonly unknown[] ? Left : [];

/** What a step accepts when something is put before its arguments. */
export type Accepted<Left> = Left extends Immutable ? unknown : Left;

/** What types remember of a step, under a name that no property has at run time. */
export interface StepTypes<Left, Result> {
  readonly takes: (left: Accepted<Left>) => void;
  readonly left: Left;
  readonly result: Result;
  readonly behind: Behind;
}

/**
 * What a step is once others are before it: the same class of signature, with what the first of those has left. Each class
 * says its own: a function from types to types, called by `After`.
 */
export interface Behind {
  readonly left: unknown;
  readonly made: unknown;
}

/** A step with others before it that have `Left` left. */
export type After<Left, Step> = Step extends { readonly '~step'?: { readonly behind: infer Own } }
  ? (Own & { readonly left: Left })['made' & keyof Own]
  : never;

/** What is sent of a signature, of any kind. */
export interface SignatureLike {
  readonly data: SignatureData;
}

/** A signature that has all its arguments, and what comes of it. */
export interface WholeSignature extends SignatureLike {
  readonly '~step'?: { readonly takes: (left: []) => void };
}

/** What comes of a signature that takes a task's place: of one that ends in a group, the list of its results. */
export type ReplacedBy<Item> = [GroupTypesOf<Item>] extends [never]
  ? ResultOf<Item>
  : GroupTypesOf<Item>['hands'];

/** Any step of a chain or member of a group. */
export interface AnyStep {
  readonly '~step'?: { readonly takes: (left: never) => void };
}

/** A step that takes the result of the one before it. */
export interface StepAfter<Previous> {
  readonly '~step'?: { readonly takes: (left: [previous: Previous]) => void };
}

/** What types remember of a group, or of what ends in one. */
export interface GroupTypes<Left, Results, Hands, Kind> extends StepTypes<Left, Results> {
  /** What a step behind it gets. */
  readonly hands: Hands;
  /** `group`: its members take their places in another group; `end`: it is one member there, as a chain that ends in a group is. */
  readonly kind: Kind;
}

/** What is remembered of a step. */
type TypesOf<Item> = Item extends { readonly '~step'?: StepTypes<infer Left, infer Result> }
  ? StepTypes<Left, Result>
  : never;

/** What a step has left. */
export type LeftOf<Item> = TypesOf<Item>['left'];

/** What a step comes to: for a group a tuple. */
export type ResultOf<Item> = TypesOf<Item>['result'];

/** What is remembered of a step that is a group or ends in one; never for others. */
export type GroupTypesOf<Item> = Item extends {
  readonly '~step'?: GroupTypes<infer Left, infer Results, infer Hands, infer Kind>;
}
  ? GroupTypes<Left, Results, Hands, Kind>
  : never;

/** The one item of a tuple of one: a group of one in a chain is its member. */
export type OnlyOr<Items> = Items extends readonly [infer Only] ? Only : Items;

/** What a step of a chain hands to the next one: a group, the list of what its members come to. */
export type HandedOn<Item> = Item extends unknown
  ? [GroupTypesOf<Item>] extends [never]
    ? ResultOf<Item>
    : OnlyOr<GroupTypesOf<Item>['hands']>
  : never;

/** What must follow a step in a chain. */
export type Following<Item> = StepAfter<HandedOn<Item>>;

/** The arguments that a signature may be given in advance, before those it has. */
export type Fronts<Left> = Left extends readonly unknown[] ? Ends<Left> : [];

/** What is left of a signature once those are given. */
export type LeftAfterFront<Left, Front extends readonly unknown[]> = Left extends readonly unknown[]
  ? LeftAfter<Left, Front>
  : Left;

/** Whether a signature has all its arguments. */
export type IsWhole<Left> = [] extends Given<Left> ? true : false;

/** A step that has all its arguments; never for another one. */
export type Whole<Step> = IsWhole<LeftOf<Step>> extends true ? Step : never;
