import type { SignatureData } from '../protocol/index.ts';
import { flatMembers } from './freeze.ts';
import { bodyOf, kindOf, memberSignatures } from './structure.ts';

/**
 * How many parts a chord has: as its body says, where a sender of old has written it there, else as its header comes to.
 * Source: `_chord.__length_hint__` in Celery's `canvas.py`.
 */
export function chordSize(header: readonly SignatureData[], body: SignatureData): number {
  if (typeof body.chord_size === 'number') return body.chord_size;
  return sum(header.map(partsOf));
}

/** How many tasks of a signature report to the chord that it is a part of. Source: `_chord._descend`. */
function partsOf(signature: SignatureData): number {
  switch (kindOf(signature)) {
    case 'task':
      return 1;
    case 'group': {
      const members = flatMembers(signature);
      // without any it is a task, see `emptyListOf`
      return members.length === 0 ? 1 : sum(members.map(partsOf));
    }
    case 'chord':
      return partsOf(bodyOf(signature));
    case 'chain':
      // the last step that comes to anything
      return memberSignatures(signature).reduce((parts, step) => partsOf(step) || parts, 0);
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
