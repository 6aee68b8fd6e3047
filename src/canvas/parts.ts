import type { SignatureData } from '../protocol/index.ts';
import {
  bodyOf,
  headerOf,
  idIn,
  isHeaderFrozen,
  kindOf,
  memberSignatures,
  withMembers,
} from './structure.ts';

/** The body of a chord; null if it has none yet. @throws MessageInvalidError */
export function findBody(chord: SignatureData): SignatureData | null {
  const { body } = chord.kwargs;
  return body === null || body === undefined ? null : bodyOf(chord);
}

/** What a signature is made of: the steps of a chain, the members of a group, the header of a chord; of a task nothing. */
export function tasksOf(signature: SignatureData): readonly SignatureData[] {
  switch (kindOf(signature)) {
    case 'task':
      return [];
    case 'chain':
    case 'group':
      return memberSignatures(signature);
    case 'chord':
      return memberSignatures(headerOf(signature));
  }
}

/** The same made of other tasks; a chord's header stays a list or a group. */
export function withTasks(
  signature: SignatureData,
  tasks: readonly SignatureData[],
): SignatureData {
  if (kindOf(signature) !== 'chord') return withMembers(signature, tasks);
  const header = isHeaderFrozen(signature) ? withMembers(headerOf(signature), tasks) : tasks;
  return { ...signature, kwargs: { ...signature.kwargs, header } };
}

/** Whether a signature's result is that of a group: of one, of a chain that ends in one, of a chord whose body does. */
export function endsInGroup(signature: SignatureData): boolean {
  switch (kindOf(signature)) {
    case 'task':
      return false;
    case 'group':
      return true;
    case 'chain': {
      const last = memberSignatures(signature).at(-1);
      return last !== undefined && endsInGroup(last);
    }
    case 'chord': {
      const body = findBody(signature);
      return body !== null && endsInGroup(body);
    }
  }
}

/** The id that a signature's result will have, if that was said: its own, that of the last step, that of the body. */
export function resultIdIn(signature: SignatureData): string | undefined {
  const id = idIn(signature);
  const kind = kindOf(signature);
  if (id !== undefined || kind === 'task' || kind === 'group') return id;
  const last = kind === 'chain' ? memberSignatures(signature).at(-1) : findBody(signature);
  return last ? resultIdIn(last) : undefined;
}

/** A signature that takes nothing from a step before it, or does again: a group's members, a chord's header. */
export function withImmutable(signature: SignatureData, immutable: boolean): SignatureData {
  const kind = kindOf(signature);
  if (kind === 'task' || kind === 'chain') return { ...signature, immutable };
  return withTasks(
    signature,
    tasksOf(signature).map((each) => withImmutable(each, immutable)),
  );
}
