import { ConfigError } from '../errors.ts';
import type { SignatureData } from '../protocol/index.ts';
import type { Sender } from './sender.ts';
import { GroupSignature, Signature } from './signature.ts';
import { chainOf, groupOf } from './structure.ts';
import type { AnyStep, Immutable, StepAfter, StepTypes } from './types.ts';
import { joined } from './upgrade.ts';

type Types<Item> = Item extends { readonly '~step'?: StepTypes<infer Left, infer Result> }
  ? StepTypes<Left, Result>
  : never;
type LeftOf<Item> = Types<Item>['left'];
type ResultOf<Item> = Types<Item>['result'];

/** What a step hands to the next one: a group does so only if it is sent as its single member. */
type Handed<Item> = Item extends GroupSignature<infer _Left, infer Results>
  ? Results extends readonly [infer Only]
    ? Only
    : never
  : ResultOf<Item>;

/** What must follow a step; nothing can follow a group. */
type Following<Item> = [Handed<Item>] extends [never] ? never : StepAfter<Handed<Item>>;

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
    : (Following<Before> & Following<Rest[number]>)[];

type FirstOf<Steps extends readonly unknown[]> = Steps extends readonly [infer First, ...unknown[]]
  ? First
  : Steps[number];
type LastOf<Steps extends readonly unknown[]> = Steps extends readonly [...unknown[], infer Last]
  ? Last
  : Steps[number];

/** What a chain of these steps is. */
export type Chained<Steps extends readonly unknown[]> = LastOf<Steps> extends GroupSignature<
  infer _Left,
  infer Results
>
  ? GroupSignature<LeftOf<FirstOf<Steps>>, Results>
  : Signature<LeftOf<FirstOf<Steps>>, ResultOf<LastOf<Steps>>>;

/** The results of a group's members; those of a group inside take their places among the others. */
export type GroupResults<Members extends readonly unknown[]> = Members extends readonly [
  infer First,
  ...infer Rest,
]
  ? First extends GroupSignature<infer _Left, infer Results>
    ? [...Results, ...GroupResults<Rest>]
    : [ResultOf<First>, ...GroupResults<Rest>]
  : Members extends readonly []
    ? []
    : MemberResult<Members[number]>[];

type MemberResult<Member> = Member extends GroupSignature<infer _Left, infer Results>
  ? Results[number]
  : ResultOf<Member>;

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

type Steps = readonly [AnyStep, ...AnyStep[]];

/**
 * Steps one after the other, each with the result of the one before it put before its own arguments. What does not
 * fit does not compile. Chains inside are spliced in, groups of one are their member, and a group that a step follows
 * becomes a chord.
 */
export function chain<const Given extends Steps>(steps: Given & Linked<Given>): Chained<Given>;
export function chain<const Given extends Steps>(...steps: Given & Linked<Given>): Chained<Given>;
export function chain(...given: readonly (AnyStep | readonly AnyStep[])[]): AnyStep {
  const steps = given.flat().map(signatureOf);
  const [first] = steps;
  const last = steps.at(-1);
  if (!first?.sender || !last) {
    throw new ConfigError('a chain needs at least one step, and an empty group is none');
  }
  const data = steps.map((each) => each.data).reduce(joined, chainOf([]));
  return last instanceof GroupSignature
    ? new GroupSignature(data, first.sender)
    : new Signature(data, first.sender);
}

/**
 * Steps side by side. Its handle collects the results in this order; groups inside are spread out.
 * As the end of a chain every member gets the result of the step before.
 */
export function group<const Members extends readonly AnyStep[]>(
  members: Members,
): GroupSignature<CommonLeft<Members>, GroupResults<Members>> {
  const signatures = members.map(signatureOf);
  const data = groupOf(signatures.map((each) => each.data));
  return new GroupSignature(data, signatures.find((each) => each.sender)?.sender);
}

type AnySignature = {
  readonly data: SignatureData;
  readonly sender: Sender | undefined;
};

function signatureOf(step: AnyStep): AnySignature {
  if (step instanceof Signature || step instanceof GroupSignature) return step;
  throw new ConfigError(
    `a step must be a signature such as task.s(1) or task.si(1), got ${typeof step}`,
  );
}
