import type { SignatureData } from '../protocol/index.ts';
import { stepsIn } from './compose.ts';
import { GroupSignature } from './group-signature.ts';
import type { CommonLeft, GroupHands, ItemHands } from './group-types.ts';
import type { ChordOptions } from './options.ts';
import { stepOf } from './piped.ts';
import type { Sender } from './sender.ts';
import { Signature } from './signature.ts';
import { chordOf, kindOf, memberSignatures, withOuter, without } from './structure.ts';
import type { After, AnyStep, GroupTypesOf, LeftOf, OnlyOr, ResultOf, StepAfter } from './types.ts';
import { unrolled } from './upgrade.ts';
import { toChordOptions } from './wire-options.ts';

/** What a chord can begin with: an array, anything to iterate over, a group, or a single signature. */
export type Header = Iterable<AnyStep> | AnyStep;

/** What a body gets: the list of what the header comes to. */
export type HeaderResults<Given> = Given extends readonly unknown[]
  ? GroupHands<Given>
  : Given extends Iterable<infer Member>
    ? ItemHands<Member>[]
    : [GroupTypesOf<Given>] extends [never]
      ? [ResultOf<Given>]
      : GroupTypesOf<Given>['kind'] extends 'group'
        ? GroupTypesOf<Given>['hands']
        : [OnlyOr<GroupTypesOf<Given>['hands']>];

/** What a header takes from a step before the chord. */
export type HeaderLeft<Given> = Given extends readonly unknown[]
  ? CommonLeft<Given>
  : Given extends Iterable<infer Member>
    ? LeftOf<Member>
    : LeftOf<Given>;

/** A chord of this header and body. */
export type ChordOf<Given, Body> = After<HeaderLeft<Given>, Body>;

/** A header that waits for its body. */
export type OpenChord<Given> = <Body extends AnyStep>(
  body: Body & StepAfter<HeaderResults<Given>>,
  options?: ChordOptions,
) => ChordOf<Given, Body>;

/**
 * Steps side by side, and one more that gets the list of what they come to, once all have succeeded. Without a body it
 * is a function that takes one. A header may be an array, anything to iterate over, a group, or one signature; groups in
 * it take their places among the others. A body may be anything.
 * @throws ConfigError, NotSupportedError
 */
export function chord<const Given extends readonly AnyStep[] | Header, Body extends AnyStep>(
  header: Given,
  body: Body & StepAfter<HeaderResults<Given>>,
  options?: ChordOptions,
): ChordOf<Given, Body>;
export function chord<const Given extends readonly AnyStep[] | Header>(
  header: Given,
): OpenChord<Given>;
export function chord(header: Header, body?: AnyStep, options?: ChordOptions): unknown {
  const { members, sender } = opened(header);
  const complete = (given: AnyStep, said: ChordOptions = {}): AnyStep => {
    const last = stepOf(given);
    const data = { ...chordOf(members, unrolled(last.data)), options: toChordOptions(said) };
    return last.like(data, sender);
  };
  return body === undefined ? complete : complete(body, options);
}

function opened(header: Header): {
  readonly members: readonly SignatureData[];
  readonly sender: Sender | undefined;
} {
  if (!(header instanceof Signature || header instanceof GroupSignature)) {
    const steps = stepsIn(header as Iterable<AnyStep>, 'chord');
    const sender = steps.find((each) => each.sender)?.sender;
    return { members: steps.map((each) => each.data), sender };
  }
  const { data, sender } = header;
  if (kindOf(data) !== 'group') return { members: [data], sender };
  const options = without(data.options, 'task_id');
  const outer = { ...data, options };
  return { members: memberSignatures(data).map((each) => withOuter(each, outer)), sender };
}
