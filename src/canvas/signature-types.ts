import type { CloneOptions } from './copies.ts';
import type { CallOptions, Kwargs } from './options.ts';
import type { Fronts, Given, IsWhole } from './types.ts';

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

/** What a copy gets when nothing is said by name: then it is known what is left. */
export type Positional<Left, Args, Result> = CloneOptions<Args, Result> & {
  readonly args: Args & Fronts<Left>;
  readonly kwargs?: undefined;
};

/** What says that nothing more is taken: only who has all arguments may. */
export type Immutably<Left> = IsWhole<Left> extends true
  ? [immutable?: true]
  : [lacksArguments: never];

/** What may be said of how a group is sent: a group has no end to link to. */
export type GroupCallOptions<Options> = Omit<Options, 'link' | 'linkError'> & {
  readonly link?: undefined;
  readonly linkError?: undefined;
};

/** A signature that has its ids, and the handle of what will come of it. */
export interface FrozenWith<Signature, Result> {
  readonly signature: Signature;
  readonly result: Result;
}
