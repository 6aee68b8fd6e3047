import { ConfigError } from '../errors.ts';
import { GroupSignature } from './group-signature.ts';
import type { CommonLeft, GroupHands, GroupResults, ItemHands, ItemResult } from './group-types.ts';
import { type AnyData, linkingOf, stepOf } from './piped.ts';
import { chainOf, groupOf } from './structure.ts';
import type { After, AnyStep, Following, LeftOf } from './types.ts';
import { joinedAll } from './upgrade.ts';

/** The steps, with each one after the first held to what the one before it hands on. */
export type Linked<Steps extends readonly unknown[]> = Steps extends readonly [
  infer First,
  ...infer Rest,
]
  ? [First, ...LinkedAfter<First, Rest>]
  : Steps extends readonly []
    ? []
    : (Steps[number] & Following<Steps[number]>)[];

type LinkedAfter<Before, Rest extends readonly unknown[]> = Rest extends readonly [
  infer Next,
  ...infer Others,
]
  ? [Following<Before>, ...LinkedAfter<Next, Others>]
  : Rest extends readonly []
    ? []
    : Rest extends readonly [...infer Middle, infer _Last]
      ? [...LinkedAfter<Before, Middle>, Following<LastBefore<Middle, Before>>]
      : (Following<Before> & Following<Rest[number]>)[];

/** What may stand before a step: the last of these, or, if there may be none, the one before them. */
type LastBefore<Middle extends readonly unknown[], Before> = Middle extends readonly [
  ...unknown[],
  infer Last,
]
  ? Last
  : Before | Middle[number];

type FirstOf<Steps extends readonly unknown[]> = Steps extends readonly [infer First, ...unknown[]]
  ? First
  : Steps[number];
type LastOf<Steps extends readonly unknown[]> = Steps extends readonly [...unknown[], infer Last]
  ? Last
  : Steps[number];

/** What a chain of these steps is. */
export type Chained<Steps extends readonly unknown[]> = After<
  LeftOf<FirstOf<Steps>>,
  LastOf<Steps>
>;

type Steps = readonly [AnyStep, ...AnyStep[]];

/**
 * Steps one after the other, each with the result of the one before it put before its own arguments. What does not
 * fit does not compile. Chains inside are spliced in, groups of one are their member, and a group that a step follows
 * becomes a chord: the step gets the list of its members' results.
 */
export function chain<const Given extends Steps>(...steps: Given & Linked<Given>): Chained<Given>;
export function chain<const Given extends Steps>(steps: Given & Linked<Given>): Chained<Given>;
export function chain(...given: readonly (AnyStep | readonly AnyStep[])[]): AnyStep {
  const steps = given.flat().map(stepOf);
  const sender = steps.find((each) => each.sender)?.sender;
  const last = steps.at(-1);
  if (!sender || !last) {
    throw new ConfigError('a chain needs at least one step, and an empty group is none');
  }
  const all = steps.map((each) => each.data);
  const data = joinedAll(chainOf([]), all, linkingOf(sender));
  return last.like(data, sender);
}

/**
 * Steps side by side. Its handle collects the results in this order; groups inside are spread out.
 * As the end of a chain every member gets the result of the step before. What is iterated over is read at once.
 */
export function group<const Members extends readonly AnyStep[]>(
  members: Members,
): GroupSignature<CommonLeft<Members>, GroupResults<Members>, GroupHands<Members>>;
export function group<Member extends AnyStep>(
  members: Iterable<Member>,
): GroupSignature<LeftOf<Member>, ItemResult<Member>[], ItemHands<Member>[]>;
export function group(members: Iterable<AnyStep>): AnyStep {
  const signatures = stepsIn(members, 'group');
  const data = groupOf(signatures.map((each) => each.data));
  return new GroupSignature(data, signatures.find((each) => each.sender)?.sender);
}

/** The signatures that an array or anything else to iterate over holds. @throws ConfigError */
export function stepsIn(members: Iterable<AnyStep>, name: string): readonly AnyData[] {
  const isIterable = typeof members === 'object' && members !== null && Symbol.iterator in members;
  if (!isIterable) {
    throw new ConfigError(`${name}() takes an array, or what can be iterated over, of signatures`);
  }
  return Array.from(members, stepOf);
}
