import { NotSupportedError } from '../errors.ts';
import { parseSignature, type ResultTuple, type SignatureData } from '../protocol/index.ts';
import type { WireOptions } from './options.ts';

/** What a signature is made of; all but `task` are sent as something else. */
export function kindOf(signature: SignatureData): 'task' | 'chain' | 'group' | 'chord' {
  const { subtask_type: type } = signature;
  return type === 'chain' || type === 'group' || type === 'chord' ? type : 'task';
}

/** The steps of a chain or the members of a group, as they were written. @throws MessageInvalidError */
export function memberSignatures(signature: SignatureData): readonly SignatureData[] {
  return signatureList(signature.kwargs['tasks'], `${signature.task} tasks`) ?? [];
}

/** One signature or several, as options hold them; null if there is none. @throws MessageInvalidError */
export function signatureList(value: unknown, path: string): readonly SignatureData[] | null {
  if (value === undefined || value === null) return null;
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.map((each) => parseSignature(each, path));
}

/** Options but for some. */
export function without(options: WireOptions, ...names: readonly string[]): WireOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => !names.includes(name)));
}

/** The handle of a step with that of the step before it. */
export function withParent([[id], children]: ResultTuple, parent: ResultTuple): ResultTuple {
  return [[id, parent], children];
}

/** The error for a chord, and for what Celery would turn into one. */
export function chordRefusal(): NotSupportedError {
  return new NotSupportedError(
    'a chord (a group that another step follows) is not supported yet; end with the group and collect its results with get()',
  );
}
