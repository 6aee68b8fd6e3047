import { ConfigError } from '../errors.ts';
import type { Embed, SignatureData } from '../protocol/index.ts';
import { allErrorLinked, allLinked, linkedTo } from './links.ts';
import { mergedOptions, stamped } from './merge.ts';
import type { WireOptions } from './options.ts';
import { endsInGroup } from './parts.ts';
import { plan } from './plan.ts';
import type { Plan, PlanContext } from './planned.ts';
import {
  accumulate,
  bodyOf,
  kindOf,
  memberSignatures,
  withBody,
  withMembers,
} from './structure.ts';
import { joined, joinedAll } from './upgrade.ts';

/** A task that is to be replaced. */
export interface Replaced {
  readonly id: string;
  readonly rootId: string;
  readonly group: string | null;
  readonly groupIndex: number | null;
  readonly embed: Embed;
  /** How often that has happened already. */
  readonly nesting: number;
  /** Its stamps, as options hold them: `stamped_headers` and one option for each name. */
  readonly stamps?: WireOptions | undefined;
}

/**
 * What is sent in place of a task: it has the task's id and its place in group and chord, and is followed by all that
 * was to follow the task. What ends in a group is followed by `celery.accumulate`, which makes one result of many.
 * @param context - its `replyTo` is the replaced task's: whoever waits for that is told
 * @throws ConfigError for an empty chain, and for what is a part of a chord already
 * Source: `Task.replace` in Celery's `app/task.py`.
 */
export function planReplacement(
  current: Replaced,
  replacement: SignatureData,
  context: PlanContext,
): Plan {
  const { id, rootId, embed } = current;
  const nesting = { replaced_task_nesting: current.nesting + 1 };
  const called = allLinked(endingInOne(checkReplacing(replacement)), embed.callbacks, linkedTo);
  const linked = allErrorLinked(called, embed.errbacks, context);
  const marked = everyStep(linked, { ...nesting, root_id: rootId }, current.stamps);
  const later = [...(embed.chain ?? [])].reverse().map((step) => everyStep(step, nesting));
  const whole = joinedAll(inPlaceOf(marked, current), later, context);
  return plan(whole, { ...context, parent: { id, rootId } });
}

/** @throws ConfigError for an empty chain, and for what is a part of a chord already */
export function checkReplacing(replacement: SignatureData): SignatureData {
  if (replacement.options['chord'] !== undefined && replacement.options['chord'] !== null) {
    throw new ConfigError(
      `'${replacement.task}' cannot replace a task: it is a part of a chord already`,
    );
  }
  if (kindOf(replacement) === 'chain' && memberSignatures(replacement).length === 0) {
    throw new ConfigError('an empty chain cannot replace a task: give it a step');
  }
  return replacement;
}

function endingInOne(signature: SignatureData): SignatureData {
  return endsInGroup(signature) ? joined(signature, accumulate) : signature;
}

/** Options that all tasks get; a chord hands them to header and body when it is sent. */
function everyStep(
  signature: SignatureData,
  options: WireOptions,
  stamps?: WireOptions | undefined,
): SignatureData {
  if (kindOf(signature) === 'chain') {
    const steps = memberSignatures(signature);
    return withMembers(
      signature,
      steps.map((step) => everyStep(step, options, stamps)),
    );
  }
  const own = { ...signature.options, ...options };
  return { ...signature, options: stamps ? stamped(own, stamps) : own };
}

/** The task at the end takes the id; what the replaced one was a part of, that which is sent as a whole is. */
function inPlaceOf(signature: SignatureData, current: Replaced): SignatureData {
  const { id, group, groupIndex, embed } = current;
  const place = { chord: embed.chord, group_id: group, group_index: groupIndex };
  if (kindOf(signature) !== 'chain') return placed(withId(signature, id), place);
  const steps = memberSignatures(signature);
  const last = steps.slice(-1).map((step) => placed(step, mergedOptions(place, {})));
  return withId(withMembers(signature, [...steps.slice(0, -1), ...last]), id);
}

/** What is null is written out, so that a body takes no group from its header. */
function placed(signature: SignatureData, place: WireOptions): SignatureData {
  return { ...signature, options: { ...signature.options, ...place } };
}

function withId(signature: SignatureData, id: string): SignatureData {
  switch (kindOf(signature)) {
    case 'task':
    case 'group':
      return { ...signature, options: { ...signature.options, task_id: id } };
    case 'chord':
      return withBody(signature, withId(bodyOf(signature), id));
    case 'chain': {
      const steps = memberSignatures(signature);
      const last = steps.slice(-1).map((step) => withId(step, id));
      return withMembers(signature, [...steps.slice(0, -1), ...last]);
    }
  }
}
