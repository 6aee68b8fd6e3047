import type { SignatureData } from '../protocol/index.ts';
import { findBody, tasksOf, withTasks } from './parts.ts';
import {
  checkedStampOptions,
  checkedStamps,
  mergedStamps,
  type StampOptions,
  type Stamps,
  stampsIn,
  withStamps,
} from './stamp-values.ts';
import { groupOf, kindOf, signatureList, withBody } from './structure.ts';

/**
 * What a visitor gives: stamps by name, or nothing. With `stampedHeaders`, a list of names, only those are stamps.
 */
export type GivenStamps = Stamps | null | undefined;

/**
 * Says what stamps the parts of a canvas get, from the outside in: what it gives a chain, a group or a chord, all in it
 * gets. It sees each signature as it travels, and the stamps that it will have in any case.
 */
export interface StampingVisitor {
  /** Of each task. */
  onSignature(signature: SignatureData, stamps: Stamps): GivenStamps;
  onChainStart?(chain: SignatureData, stamps: Stamps): GivenStamps;
  onChainEnd?(chain: SignatureData, stamps: Stamps): void;
  onGroupStart?(group: SignatureData, stamps: Stamps): GivenStamps;
  onGroupEnd?(group: SignatureData, stamps: Stamps): void;
  /** `onGroupStart` with the header as a group, if not there. */
  onChordHeaderStart?(chord: SignatureData, stamps: Stamps): GivenStamps;
  /** `onGroupEnd` with the header as a group, if not there. */
  onChordHeaderEnd?(chord: SignatureData, stamps: Stamps): void;
  onChordBody?(chord: SignatureData, stamps: Stamps): GivenStamps;
  /** Of what is linked to a success. */
  onCallback?(callback: SignatureData, stamps: Stamps): GivenStamps;
  /** Of what is linked to an error. */
  onErrback?(errback: SignatureData, stamps: Stamps): GivenStamps;
}

/** How to stamp. */
export interface Stamping extends StampOptions {
  readonly visitor?: StampingVisitor | undefined;
}

/**
 * A signature with stamps, and so all in it and all that is linked to it. Source: `stamp` of the classes in Celery's
 * `canvas.py`, but that a chord's body is stamped without a visitor, too. @throws ConfigError
 */
export function stamped(signature: SignatureData, stamps: Stamps, how: Stamping): SignatureData {
  const { visitor } = how;
  switch (kindOf(signature)) {
    case 'task': {
      const linked = stampedLinks(signature, stamps, how);
      const given = visitor?.onSignature(linked, stamps);
      const all = gathered(linked, merged(stamps, given, how), how);
      return { ...linked, options: withStamps(linked.options, all) };
    }
    case 'chain': {
      const all = gathered(
        signature,
        merged(stamps, visitor?.onChainStart?.(signature, stamps), how),
        how,
      );
      const result = tasksStamped(signature, all, how);
      visitor?.onChainEnd?.(result, all);
      return result;
    }
    case 'group': {
      const all = gathered(
        signature,
        merged(stamps, visitor?.onGroupStart?.(signature, stamps), how),
        how,
      );
      const result = tasksStamped(signature, all, how);
      visitor?.onGroupEnd?.(result, all);
      return result;
    }
    case 'chord':
      return stampedChord(signature, stamps, how);
  }
}

function stampedChord(chord: SignatureData, stamps: Stamps, how: Stamping): SignatureData {
  const { visitor } = how;
  const atStart = visitor?.onChordHeaderStart
    ? visitor.onChordHeaderStart(chord, stamps)
    : visitor?.onGroupStart?.(groupOf(tasksOf(chord)), stamps);
  const all = gathered(chord, merged(stamps, atStart, how), how);
  const result = tasksStamped(chord, all, how);
  if (visitor?.onChordHeaderEnd) visitor.onChordHeaderEnd(result, all);
  else visitor?.onGroupEnd?.(groupOf(tasksOf(result)), all);
  const body = findBody(result);
  if (!body) return result;
  const ofBody = merged(all, visitor?.onChordBody?.(result, all), how);
  return withBody(result, stamped(body, ofBody, how));
}

/** A signature with what is linked to it stamped, and not itself. Source: `stamp_links` in Celery's `canvas.py`. */
export function stampedLinks(
  signature: SignatureData,
  stamps: Stamps,
  how: Stamping,
): SignatureData {
  const { visitor } = how;
  const callbacks = signatureList(signature.options['link'], 'link')?.map((each) =>
    stamped(each, merged(stamps, visitor?.onCallback?.(each, stamps), how), how),
  );
  const errbacks = signatureList(signature.options['link_error'], 'link_error')?.map((each) =>
    stamped(each, merged(stamps, visitor?.onErrback?.(each, stamps), how), how),
  );
  if (!callbacks && !errbacks) return signature;
  const links = {
    ...(callbacks && { link: callbacks }),
    ...(errbacks && { link_error: errbacks }),
  };
  return { ...signature, options: { ...signature.options, ...links } };
}

function tasksStamped(signature: SignatureData, stamps: Stamps, how: Stamping): SignatureData {
  const linked = stampedLinks(signature, stamps, how);
  const tasks = tasksOf(linked).map((each) => stamped(each, stamps, how));
  return withTasks(linked, tasks);
}

function merged(stamps: Stamps, given: GivenStamps, how: Stamping): Stamps {
  return mergedStamps(stamps, checkedStamps(given), how);
}

/** With those that the signature has. */
function gathered(signature: SignatureData, stamps: Stamps, how: Stamping): Stamps {
  return mergedStamps(stamps, stampsIn(signature.options), how);
}

/** What `stamp` is called with: values, or a visitor that gives some. */
export type StampParameters =
  | [stamps: Stamps, options?: StampOptions]
  | [visitor: StampingVisitor, stamps?: Stamps, options?: StampOptions];

/** See `stamped`. @throws ConfigError */
export function stampedBy(signature: SignatureData, given: StampParameters): SignatureData {
  return stamped(signature, ...stampingOf(given));
}

/** See `stampedLinks`. @throws ConfigError */
export function linksStampedBy(signature: SignatureData, given: StampParameters): SignatureData {
  return stampedLinks(signature, ...stampingOf(given));
}

function stampingOf([first, second, third]: StampParameters): readonly [Stamps, Stamping] {
  if (!isVisitor(first)) return [checkedStamps(first), checkedStampOptions(second)];
  return [checkedStamps(second), { ...checkedStampOptions(third), visitor: first }];
}

function isVisitor(first: Stamps | StampingVisitor): first is StampingVisitor {
  return typeof first === 'object' && typeof first?.onSignature === 'function';
}
