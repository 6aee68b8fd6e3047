import { ConfigError, NotSupportedError } from '../errors.ts';
import type { SignatureData } from '../protocol/index.ts';
import { endsInGroup, tasksOf, withImmutable, withTasks } from './parts.ts';
import type { PlanContext } from './planned.ts';
import {
  bodyOf,
  kindOf,
  memberSignatures,
  signatureList,
  withBody,
  withMembers,
} from './structure.ts';

/** What linking and joining ask of the app, when it comes to it. */
export type Linking = Pick<PlanContext, 'errorCallbacksOnHeader'>;

/** The signature with one more that is sent after its success. @throws NotSupportedError for a group, which has no end */
export function linkedTo(signature: SignatureData, callback: SignatureData): SignatureData {
  switch (kindOf(signature)) {
    case 'task':
    case 'chain':
      return appended(signature, 'link', callback);
    case 'chord':
      return withBody(signature, linkedTo(bodyOf(signature), callback));
    case 'group':
      throw new NotSupportedError('a group has no end to link to; link its members instead');
  }
}

/**
 * The same where it is asked for by name: of a group its first member has the link, with nothing to give, as it knows
 * nothing of the others. What ends in a group passes the link there.
 * Source: `link` of the classes in Celery's `canvas.py`. @throws ConfigError for a group without members
 */
export function endLinkedTo(signature: SignatureData, callback: SignatureData): SignatureData {
  if (!endsInGroup(signature)) return linkedTo(signature, callback);
  if (kindOf(signature) === 'chord') {
    return withBody(signature, endLinkedTo(bodyOf(signature), callback));
  }
  const members = memberSignatures(signature);
  if (kindOf(signature) === 'chain') {
    const ends = members.slice(-1).map((last) => endLinkedTo(last, callback));
    return withMembers(signature, [...members.slice(0, -1), ...ends]);
  }
  const [first, ...others] = members;
  if (!first) throw new ConfigError('an empty group has no member to link to');
  const silent = withImmutable(callback, true);
  return withMembers(signature, [endLinkedTo(first, silent), ...others]);
}

/**
 * The signature with one more that is sent after its failure: in a group every member gets it; in a chord the body, and
 * the chords in the header. Up to 5.6 Celery means to make those copies immutable, and gives them an option of that name
 * instead, which does nothing: they are given the failed task's id all the same.
 * Source: `link_error` of `Signature`, `group` and `chord` in Celery's `canvas.py`.
 */
export function errorLinkedTo(
  signature: SignatureData,
  errback: SignatureData,
  how: Linking = {},
): SignatureData {
  switch (kindOf(signature)) {
    case 'task':
    case 'chain':
      return appended(signature, 'link_error', errback);
    case 'group':
      return withMembers(
        signature,
        memberSignatures(signature).map((each) => errorLinkedTo(each, errback, how)),
      );
    case 'chord': {
      const linked = headerErrorLinked(signature, errback, how);
      return withBody(linked, errorLinkedTo(bodyOf(linked), errback, how));
    }
  }
}

/** All of a list of callbacks or errbacks, as options hold them. */
export function allLinked(
  signature: SignatureData,
  links: unknown,
  link: (signature: SignatureData, each: SignatureData) => SignatureData,
): SignatureData {
  return (signatureList(links, 'link') ?? []).reduce((all, each) => link(all, each), signature);
}

/** The same with all that are to be sent after its failure. @param errbacks - a list or one, or nothing */
export function allErrorLinked(
  signature: SignatureData,
  errbacks: unknown,
  how: Linking,
): SignatureData {
  return allLinked(signature, errbacks, (all, each) => errorLinkedTo(all, each, how));
}

function headerErrorLinked(
  chord: SignatureData,
  errback: SignatureData,
  how: Linking,
): SignatureData {
  const header = tasksOf(chord).map((each) => {
    const isTold = kindOf(each) === 'chord' || how.errorCallbacksOnHeader;
    return isTold ? errorLinkedTo(each, errback, how) : each;
  });
  return withTasks(chord, header);
}

/** What is linked already is not linked twice. */
function appended(
  signature: SignatureData,
  name: 'link' | 'link_error',
  added: SignatureData,
): SignatureData {
  const own = signatureList(signature.options[name], name) ?? [];
  const text = JSON.stringify(added);
  if (own.some((each) => JSON.stringify(each) === text)) return signature;
  return { ...signature, options: { ...signature.options, [name]: [...own, added] } };
}

/** A signature, what is sent after its success, what is sent after that, and so on. */
export function flattenLinks(signature: SignatureData): readonly SignatureData[] {
  const links = signatureList(signature.options['link'], 'link') ?? [];
  return [signature, ...links.flatMap(flattenLinks)];
}
