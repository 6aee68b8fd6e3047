import type { SignatureData } from '../protocol/index.ts';
import { type Frozen, flatMembers, freeze } from './freeze.ts';
import { allErrorLinked, allLinked, linkedTo } from './links.ts';
import { type Extras, overlaid } from './merge.ts';
import type { WireOptions } from './options.ts';
import type { PlanContext } from './planned.ts';
import { bodyOf, headerOf, isHeaderFrozen, signatureList, textOr, without } from './structure.ts';

/** A chord that is about to be sent. */
export interface ChordParts {
  readonly groupId: string;
  /** The header's tasks, groups among them spread out. */
  readonly header: readonly SignatureData[];
  /** What is added to each of those. */
  readonly extras: Extras;
  readonly body: Frozen;
  /** What is told to whoever looks for its parts, where nothing counts them. */
  readonly unlocking: WireOptions;
}

/** Options of a chord that neither its header nor its body gets: they are about the looking for its parts, or links. */
const notPassed = ['interval', 'max_retries', 'eager', 'task_id', 'link', 'link_error'];

/**
 * Takes a chord apart: header and body both get its options, the body what it belongs to and what follows it.
 * Source: `_chord.apply_async` and `run` in Celery's `canvas.py`.
 */
export function chordParts(
  signature: SignatureData,
  extras: Extras,
  context: PlanContext,
): ChordParts {
  const { body: called, ...kwargs } = extras.kwargs;
  const chord = called
    ? { ...signature, kwargs: { ...signature.kwargs, body: called } }
    : signature;
  const options = { ...chord.options, ...extras.options };
  const whole = linked(chord, options, context);
  const group = headerOf(whole);
  const { task_id: frozenId, ...groupOptions } = group.options;
  const named = isHeaderFrozen(whole) ? undefined : chord.options['task_id'];
  const groupId = textOr(frozenId, textOr(named, undefined)) ?? context.newId();
  const body = freezeBody(whole, extras.options, { ...context, groupId });
  const { interval, max_retries, countdown } = options;
  return {
    groupId,
    header: flatMembers(group),
    extras: {
      args: chord.immutable ? chord.args : [...extras.args, ...chord.args],
      kwargs: { ...innerKwargs(chord), ...kwargs },
      options: {
        ...{ root_id: null, parent_id: null },
        ...groupOptions,
        ...without(passedOn(chord.options, extras.options), 'chain'),
        ...{ group_id: groupId, chord: body.signature },
      },
    },
    body,
    unlocking: { interval, max_retries, countdown },
  };
}

/** A countdown of the call is the body's and the lookout's, one of the chord's own is the header's too: as Celery has it. */
function passedOn(own: WireOptions, given: WireOptions): WireOptions {
  return without({ ...own, ...without(given, 'countdown', 'group_index') }, ...notPassed);
}

function freezeBody(
  chord: SignatureData,
  given: WireOptions,
  context: PlanContext & { readonly groupId: string },
): Frozen {
  const written = bodyOf(chord);
  const passed = passedOn(chord.options, given);
  const id = textOr(given['task_id'], textOr(chord.options['task_id'], undefined));
  const placed = inOuterChord(written, { ...chord.options, ...given }, { id, context });
  const options: WireOptions = {
    ...overlaid(placed.options, without(given, ...notPassed, 'group_index')),
    ...(context.isMember ? { add_to_parent: false } : undefined),
    ...passed,
  };
  const { groupId } = context;
  const rootId = textOr(options['root_id'], undefined);
  return freeze({ ...placed, options }, { id, groupId, rootId }, context);
}

/** What reports to the chord that this one is a part of has that one's group, and keeps it. */
function inOuterChord(
  body: SignatureData,
  { chord, group_id, group_index }: WireOptions,
  { id, context }: { readonly id: string | undefined; readonly context: PlanContext },
): SignatureData {
  const groupId = textOr(group_id, undefined);
  if (groupId === undefined) return body;
  const outer = signatureList(chord, 'chord')?.[0];
  const groupIndex = typeof group_index === 'number' ? group_index : undefined;
  return freeze(body, { id, groupId, groupIndex, chord: outer }, context).signature;
}

/** Links of a chord are its body's, and errbacks may be the header's too. */
function linked(
  chord: SignatureData,
  { link, link_error }: WireOptions,
  context: PlanContext,
): SignatureData {
  return allErrorLinked(allLinked(chord, link, linkedTo), link_error, context);
}

/** Keyword arguments that a chord adds to each task of its header. */
function innerKwargs({ kwargs: { kwargs } }: SignatureData): Extras['kwargs'] {
  return typeof kwargs === 'object' && kwargs !== null ? (kwargs as Extras['kwargs']) : {};
}
