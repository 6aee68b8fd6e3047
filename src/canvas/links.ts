import { NotSupportedError } from '../errors.ts';
import type { SignatureData } from '../protocol/index.ts';
import {
  bodyOf,
  headerOf,
  isHeaderFrozen,
  kindOf,
  memberSignatures,
  signatureList,
  withBody,
  withMembers,
} from './structure.ts';

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
 * The signature with one more that is sent after its failure: in a group every member gets it, made immutable as it
 * may be called for each of them; in a chord the body, and the chords in the header.
 * @param onHeader - `taskAllowErrorCbOnChordHeader`: then every task of a chord's header too
 * Source: `link_error` of `Signature`, `group` and `chord` in Celery's `canvas.py`.
 */
export function errorLinkedTo(
  signature: SignatureData,
  errback: SignatureData,
  onHeader = false,
): SignatureData {
  switch (kindOf(signature)) {
    case 'task':
    case 'chain':
      return appended(signature, 'link_error', errback);
    case 'group': {
      const fixed = { ...errback, immutable: true };
      const members = memberSignatures(signature);
      return withMembers(
        signature,
        members.map((each) => errorLinkedTo(each, fixed, onHeader)),
      );
    }
    case 'chord': {
      const linked = headerErrorLinked(signature, errback, onHeader);
      return withBody(linked, errorLinkedTo(bodyOf(linked), errback, onHeader));
    }
  }
}

/** All of a list of callbacks or errbacks, as options hold them. */
export function allLinked(
  signature: SignatureData,
  links: unknown,
  link: (signature: SignatureData, each: SignatureData) => SignatureData,
): SignatureData {
  return (signatureList(links, 'link') ?? []).reduce(link, signature);
}

function headerErrorLinked(
  chord: SignatureData,
  errback: SignatureData,
  onHeader: boolean,
): SignatureData {
  const group = headerOf(chord);
  const fixed = { ...errback, immutable: true };
  const members = memberSignatures(group).map((each) => {
    if (kindOf(each) === 'chord') return errorLinkedTo(each, errback, onHeader);
    return onHeader ? errorLinkedTo(each, fixed, onHeader) : each;
  });
  const header = isHeaderFrozen(chord) ? withMembers(group, members) : members;
  return { ...chord, kwargs: { ...chord.kwargs, header } };
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
