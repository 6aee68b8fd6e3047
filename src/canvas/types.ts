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
}

/** Any step of a chain or member of a group. */
export interface AnyStep {
  readonly '~step'?: { readonly takes: (left: never) => void };
}

/** A step that takes the result of the one before it. */
export interface StepAfter<Previous> {
  readonly '~step'?: { readonly takes: (left: [previous: Previous]) => void };
}
