import type { GroupTypesOf, Immutable, LeftOf, OnlyOr, ResultOf } from './types.ts';

/** The results of a group's members; those of a group inside, and of a group at a member's end, take their places among the others. */
export type GroupResults<Members extends readonly unknown[]> = Members extends readonly [
  infer First,
  ...infer Rest,
]
  ? [...MemberResults<First>, ...GroupResults<Rest>]
  : Members extends readonly []
    ? []
    : ItemResult<Members[number]>[];

type MemberResults<Member> = [GroupTypesOf<Member>] extends [never]
  ? [ResultOf<Member>]
  : Extract<ResultOf<Member>, readonly unknown[]>;

/** The result of a member of a group of unknown length. */
export type ItemResult<Member> = Member extends unknown
  ? [GroupTypesOf<Member>] extends [never]
    ? ResultOf<Member>
    : Extract<ResultOf<Member>, readonly unknown[]>[number]
  : never;

/**
 * What a step behind a group gets: a list of its members' results. Those of a group inside take their places, those of
 * a group at a member's end are a list of their own.
 */
export type GroupHands<Members extends readonly unknown[]> = Members extends readonly [
  infer First,
  ...infer Rest,
]
  ? [...MemberHands<First>, ...GroupHands<Rest>]
  : Members extends readonly []
    ? []
    : ItemHands<Members[number]>[];

type MemberHands<Member> = [GroupTypesOf<Member>] extends [never]
  ? [ResultOf<Member>]
  : GroupTypesOf<Member>['kind'] extends 'group'
    ? Extract<GroupTypesOf<Member>['hands'], readonly unknown[]>
    : [OnlyOr<GroupTypesOf<Member>['hands']>];

/** What a member of a group of unknown length adds to that list. */
export type ItemHands<Member> = Member extends unknown ? MemberHands<Member>[number] : never;

/** What every member takes; those that take nothing do not count. */
export type CommonLeft<Members extends readonly unknown[]> = Members extends readonly [
  infer First,
  ...infer Rest,
]
  ? Both<LeftOf<First>, CommonLeft<Rest>>
  : Members extends readonly []
    ? Immutable
    : LeftOf<Members[number]>;

type Both<A, B> = A extends Immutable
  ? B
  : B extends Immutable
    ? A
    : A extends B
      ? A
      : B extends A
        ? B
        : never;
