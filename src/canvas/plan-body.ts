import { RawJson, type SignatureData } from '../protocol/index.ts';
import { plan } from './plan.ts';
import { planErrbacks, together } from './plan-next.ts';
import type { PlanContext, Planned } from './planned.ts';
import {
  bodyOf,
  kindOf,
  memberSignatures,
  signatureList,
  textOr,
  withMembers,
  without,
} from './structure.ts';
import { undoneBody } from './undone.ts';

/**
 * What is sent once all parts of a chord are there: its body with the list of results first. The task whose part was
 * the last is `context.parent`. Source: `on_chord_part_return` in Celery's `backends/redis.py`.
 * What a chord above calls, too, when this body fails, is left to that, unless `context.errorCallbacksOnHeader`.
 * @param results - each as JSON text, or the whole list as one text
 */
export function planBody(
  body: SignatureData,
  results: readonly string[] | string,
  context: PlanContext,
): Planned {
  const list = typeof results === 'string' ? results : `[${results.join(', ')}]`;
  const sent = context.errorCallbacksOnHeader ? body : relieved(body);
  return together([plan(sent, context, { args: [new RawJson(list)], kwargs: {}, options: {} })]);
}

/** A body without the errbacks that it has as a part of a chord above. One that is a chord has them at its own end. */
function relieved(body: SignatureData): SignatureData {
  switch (kindOf(body)) {
    case 'chord':
      return body;
    case 'group':
      return withMembers(body, memberSignatures(body).map(relieved));
    case 'task':
    case 'chain': {
      const own = signatureList(body.options['link_error'], 'link_error') ?? [];
      if (own.length === 0) return body;
      const left = errbacksBelow(own, chordsAbove(body));
      const others = without(body.options, 'link_error');
      return { ...body, options: left.length > 0 ? { ...others, link_error: left } : others };
    }
  }
}

/** The bodies of the chords that a body is a part of. */
function chordsAbove(body: SignatureData): readonly SignatureData[] {
  return undoneBody(body).memberships.map((membership) => membership.body);
}

/**
 * What is sent once a chord has failed: the errbacks of its body, each with the body's id first; in a group those of
 * each member, in a chain those of the chain and of its first step.
 * Source: `chord_error_from_stack` in Celery's `backends/base.py`.
 */
export function bodyErrbacks(body: SignatureData, context: PlanContext): Planned {
  const above = chordsAbove(body);
  const plans = failing(body).map(({ id, errbacks: all }) => {
    const errbacks = errbacksBelow(all, above);
    return planErrbacks(
      { callbacks: null, errbacks, chain: null, chord: null },
      { id, rootId: id },
      context,
    );
  });
  return {
    tasks: plans.flatMap((each) => each.tasks),
    children: plans.flatMap((each) => each.children),
    chords: plans.flatMap((each) => each.chords ?? []),
    groups: plans.flatMap((each) => each.groups ?? []),
  };
}

/**
 * The errbacks of a body that has failed but for those that a chord above calls, which is told of it at once. Celery, whose chords
 * are not, links an errback of a chord to the chords in its header as well.
 * @param bodies - of the chords that lose a part by the failure
 */
function errbacksBelow(
  errbacks: readonly SignatureData[],
  bodies: readonly SignatureData[],
): readonly SignatureData[] {
  if (errbacks.length === 0 || bodies.length === 0) return errbacks;
  const above = new Set(bodies.flatMap(failing).flatMap((each) => each.errbacks.map(callOf)));
  return errbacks.filter((each) => !above.has(callOf(each)));
}

/** What is called, with what. */
function callOf({ task, args, kwargs }: SignatureData): string {
  return JSON.stringify([task, args, kwargs]);
}

interface Failing {
  readonly id: string;
  readonly errbacks: readonly SignatureData[];
}

function failing(body: SignatureData): readonly Failing[] {
  const { link_error, task_id } = body.options;
  const own = signatureList(link_error, 'link_error') ?? [];
  const id = textOr(task_id, '');
  switch (kindOf(body)) {
    case 'task':
      return [{ id, errbacks: own }];
    case 'group':
      return memberSignatures(body).flatMap(failing);
    case 'chord':
      return failing(bodyOf(body));
    case 'chain': {
      const steps = memberSignatures(body);
      const inner = steps.slice(0, 1).flatMap(failing);
      const errbacks = distinct([...own, ...inner.flatMap((each) => each.errbacks)]);
      // Celery 5.2 gives ids to its steps alone
      return [{ id: id || lastIdOf(steps), errbacks }];
    }
  }
}

function lastIdOf(steps: readonly SignatureData[]): string {
  const [last] = steps.slice(-1).flatMap(failing);
  return last?.id ?? '';
}

/** What a chain hands to each of its steps is there more than once. */
function distinct(errbacks: readonly SignatureData[]): readonly SignatureData[] {
  return [...new Map(errbacks.map((each) => [JSON.stringify(each), each])).values()];
}
