import type { SignatureData } from '../protocol/index.ts';
import { type Frozen, flatMembers, freeze } from './freeze.ts';
import { allLinked, errorLinkedTo, linkedTo } from './links.ts';
import { type Extras, overlaid } from './merge.ts';
import type { WireOptions } from './options.ts';
import type { PlanContext } from './planned.ts';
import { bodyOf, headerOf, isHeaderFrozen, textOr, without } from './structure.ts';

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

/** Options of a chord that are about the looking for its parts. */
const unlockOnly = ['interval', 'max_retries', 'eager'];

/**
 * Takes a chord apart: header and body both get its options, the body what it belongs to and what follows it.
 * Source: `_chord.apply_async` and `run` in Celery's `canvas.py`.
 */
export function chordParts(
  signature: SignatureData,
  extras: Extras,
  context: PlanContext,
): ChordParts {
  const own = signature.options;
  const given = without(extras.options, 'task_id');
  const group = headerOf(signature);
  const { task_id: frozenId, ...groupOptions } = group.options;
  const named = isHeaderFrozen(signature) ? undefined : own['task_id'];
  const groupId = textOr(frozenId, textOr(named, undefined)) ?? context.newId();
  const body = freezeBody(signature, extras, { groupId, context });

  // a countdown of the call is the body's and the lookout's, one of the chord's own is the header's too: as Celery has it
  const passed = { ...own, ...without(given, 'countdown') };
  const shared = without(passed, ...unlockOnly, 'task_id', 'chain', 'link', 'link_error');
  const { body: _, ...kwargs } = extras.kwargs;
  const { interval, max_retries, countdown } = { ...own, ...given };
  return {
    groupId,
    header: flatMembers(group),
    extras: {
      args: signature.immutable ? signature.args : [...extras.args, ...signature.args],
      kwargs: { ...innerKwargs(signature), ...kwargs },
      options: {
        ...{ root_id: null, parent_id: null },
        ...groupOptions,
        ...shared,
        ...{ group_id: groupId, chord: body.signature },
      },
    },
    body,
    unlocking: { interval, max_retries, countdown },
  };
}

function freezeBody(
  signature: SignatureData,
  extras: Extras,
  { groupId, context }: { readonly groupId: string; readonly context: PlanContext },
): Frozen {
  const own = signature.options;
  const given = without(extras.options, 'task_id');
  const { body: other } = extras.kwargs;
  const written = bodyOf(other ? { ...signature, kwargs: { body: other } } : signature);
  const asCalled = overlaid(written.options, without(given, ...unlockOnly, 'link', 'link_error'));
  const passed = { ...own, ...without(given, 'countdown') };
  const options = {
    ...asCalled,
    ...without(passed, ...unlockOnly, 'task_id', 'link', 'link_error'),
  };
  const id = textOr(extras.options['task_id'], textOr(own['task_id'], undefined));
  const rootId = textOr(options['root_id'], undefined);
  const frozen = freeze(linked({ ...written, options }, passed), { id, groupId, rootId }, context);
  return frozen;
}

/** Links of a chord are its body's. */
function linked(body: SignatureData, { link, link_error }: WireOptions): SignatureData {
  return allLinked(allLinked(body, link, linkedTo), link_error, (each, errback) =>
    errorLinkedTo(each, errback),
  );
}

/** Keyword arguments that a chord adds to each task of its header. */
function innerKwargs({ kwargs: { kwargs } }: SignatureData): Extras['kwargs'] {
  return typeof kwargs === 'object' && kwargs !== null ? (kwargs as Extras['kwargs']) : {};
}
