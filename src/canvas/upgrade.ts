import type { SignatureData } from '../protocol/index.ts';
import { allErrorLinked, allLinked, type Linking, linkedTo } from './links.ts';
import { mergedOptions } from './merge.ts';
import type { WireOptions } from './options.ts';
import {
  bodyOf,
  chainOf,
  chordOf,
  kindOf,
  memberSignatures,
  withBody,
  withMembers,
  withOuter,
  without,
} from './structure.ts';

/**
 * `left | right`: the two one after the other, rewritten as Celery does. A group that something follows becomes a
 * chord; what follows a chord goes into its body; a group of one is its member.
 * Source: `__or__` of each class in Celery's `canvas.py`.
 */
export function joined(
  left: SignatureData,
  right: SignatureData,
  how: Linking = {},
): SignatureData {
  switch (kindOf(left)) {
    case 'task':
      return chainOf([left, ...stepsOn(right, how)]);
    case 'chain':
      return chainJoined(left, right, how);
    case 'group':
      return chordFrom(left, right);
    case 'chord': {
      const next = unrolled(right);
      const goesOn = kindOf(next) === 'task' || kindOf(next) === 'chord';
      return goesOn ? bodyJoined(left, next, how) : chainOf([left, ...stepsOn(next, how)]);
    }
  }
}

/** `left | … | …`: steps joined one by one. */
export function joinedAll(
  left: SignatureData,
  steps: readonly SignatureData[],
  how: Linking = {},
): SignatureData {
  let all = left;
  for (let at = 0; at < steps.length; ) {
    const step = steps[at] as SignatureData;
    const tasks = tasksBehind(steps, at);
    all = withTasksBehind(joined(all, step, how), tasks);
    at += 1 + tasks.length;
  }
  return all;
}

/** The tasks in a row behind one. */
function tasksBehind(steps: readonly SignatureData[], at: number): readonly SignatureData[] {
  const isTask = (step: SignatureData | undefined) => step && kindOf(step) === 'task';
  let end = at;
  while (isTask(steps[end])) end += 1;
  return steps.slice(at + 1, end);
}

/** More tasks behind what ends in one, all at once: joined one by one, each would copy all that is before it. */
function withTasksBehind(joint: SignatureData, tasks: readonly SignatureData[]): SignatureData {
  if (tasks.length === 0) return joint;
  switch (kindOf(joint)) {
    case 'chord':
      return withBody(joint, withTasksBehind(bodyOf(joint), tasks));
    case 'chain': {
      const steps = memberSignatures(joint);
      const last = steps.at(-1);
      if (!last || kindOf(last) !== 'chord') return chainOf([...steps, ...tasks]);
      return withMembers(joint, [...steps.slice(0, -1), withTasksBehind(last, tasks)]);
    }
    default:
      return chainOf([joint, ...tasks]);
  }
}

function chainJoined(left: SignatureData, right: SignatureData, how: Linking): SignatureData {
  const next = unrolled(right);
  switch (kindOf(next)) {
    case 'chain':
      return joinedAll(left, unchained(next, how), how);
    case 'group':
      return followedByGroup(unchained(left, how), next, how);
    case 'task':
    case 'chord':
      return followedBy(left, next, how);
  }
}

function followedByGroup(
  steps: readonly SignatureData[],
  group: SignatureData,
  how: Linking,
): SignatureData {
  const last = steps.at(-1);
  if (!last) return group;
  if (kindOf(last) !== 'chord') return chainOf([...steps, group]);
  return chainOf([...steps.slice(0, -1), bodyJoined(last, group, how)]);
}

/** A chain and a task or chord. Of two chords in a row the second goes into the body of the first. */
function followedBy(chain: SignatureData, next: SignatureData, how: Linking): SignatureData {
  const steps = memberSignatures(chain);
  const last = steps.at(-1);
  const earlier = steps.slice(0, -1);
  if (last && kindOf(last) === 'group') {
    const chord = chordFrom(last, next);
    const before = earlier.at(-1);
    const isMerged = before && kindOf(before) === 'chord';
    const ending = isMerged ? [bodyJoined(before, chord, how)] : [chord];
    return withMembers(chain, [...(isMerged ? earlier.slice(0, -1) : earlier), ...ending]);
  }
  if (last && kindOf(last) === 'chord' && kindOf(next) !== 'chord') {
    return withMembers(chain, [...earlier, bodyJoined(last, next, how)]);
  }
  return chainOf([...unchained(chain, how), next]);
}

function bodyJoined(chord: SignatureData, next: SignatureData, how: Linking): SignatureData {
  return withBody(chord, joined(bodyOf(chord), next, how));
}

/** What `right` adds to a chain. */
function stepsOn(right: SignatureData, how: Linking): readonly SignatureData[] {
  return kindOf(right) === 'chain' ? unchained(right, how) : [unrolled(right)];
}

/** A chord of a group and what follows it. Celery forgets the group's options and arguments here; its members get them. */
function chordFrom(group: SignatureData, body: SignatureData): SignatureData {
  const options = without(mergedOptions(group.options, {}), 'task_id');
  return chordOf(
    memberSignatures(group).map((each) => withOuter(each, { ...group, options })),
    body,
  );
}

/** A group of one is its member; another group in it stays a group. Source: `maybe_unroll_group` in Celery's `canvas.py`. */
export function unrolled(signature: SignatureData): SignatureData {
  if (kindOf(signature) !== 'group') return signature;
  const [only, ...others] = memberSignatures(signature);
  if (!only || others.length > 0) return signature;
  return withOuter(only, { ...signature, options: without(signature.options, 'task_id') });
}

/** Whether there is nothing to run in it. */
export function isEmptyGroup(signature: SignatureData): boolean {
  return kindOf(signature) === 'group' && memberSignatures(signature).length === 0;
}

/** Options that say what a chain belongs to and what follows it: they are its last step's. */
const lastOnly = ['task_id', 'group_id', 'group_index', 'chord', 'chain'];

/**
 * The steps of a chain with the chain's own options handed to those they are for: `link_error` to each, what it
 * belongs to and what follows to the last, the rest and its arguments to the first, which Celery forgets.
 * Source: `unchain_tasks` in Celery's `canvas.py`.
 */
export function unchained(chain: SignatureData, how: Linking): readonly SignatureData[] {
  const { link, link_error, ...options } = mergedOptions(chain.options, {});
  const steps = memberSignatures(chain);
  const isBare = link === undefined && link_error === undefined && isEmpty(options);
  if (isBare && chain.args.length === 0) return steps;
  const forFirst = without(options, ...lastOnly);
  const forLast = without(options, ...Object.keys(forFirst));
  return steps.map((step, index) => {
    const first = index === 0 ? withOuter(step, { ...chain, options: forFirst }) : step;
    const isLast = index === steps.length - 1;
    const last = isLast ? allLinked(withPlace(first, forLast), link, linkedTo) : first;
    return allErrorLinked(last, link_error, how);
  });
}

function withPlace(step: SignatureData, place: WireOptions): SignatureData {
  return isEmpty(place) ? step : { ...step, options: { ...step.options, ...place } };
}

/**
 * The steps of a chain as they are run: chains inside spliced in, groups of one unrolled, empty groups left out but for one
 * at the end, and a group that a step follows made a chord with that step as its body. The chain's own options are not
 * looked at. Source: `prepare_steps` in Celery's `canvas.py`.
 */
export function prepared(chain: SignatureData, how: Linking = {}): readonly SignatureData[] {
  const flat = memberSignatures(chain).flatMap((step) => spliced(step, how));
  // what is waited for is the list of the last group, though there may be nothing in it
  const steps = flat.filter((step, index) => !isEmptyGroup(step) || index === flat.length - 1);
  const later: SignatureData[] = [];
  for (const step of steps.toReversed()) {
    const following = kindOf(step) === 'group' ? later.pop() : undefined;
    later.push(following ? chordFrom(step, following) : step);
  }
  return later.reverse();
}

function spliced(step: SignatureData, how: Linking): readonly SignatureData[] {
  const plain = unrolled(step);
  if (kindOf(plain) !== 'chain') return [plain];
  return unchained(plain, how).flatMap((inner) => spliced(inner, how));
}

function isEmpty(options: object): boolean {
  for (const _ in options) return false;
  return true;
}
