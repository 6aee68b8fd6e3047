import { MessageInvalidError } from '../errors.ts';
import { parseSignature, type ResultTuple, type SignatureData } from '../protocol/index.ts';
import { merged, mergedOptions } from './merge.ts';
import type { WireOptions } from './options.ts';

/** What a signature is made of; all but `task` are sent as something else. */
export type Kind = 'task' | 'chain' | 'group' | 'chord';

/** See `Kind`. */
export function kindOf(signature: SignatureData): Kind {
  const { subtask_type: type } = signature;
  return type === 'chain' || type === 'group' || type === 'chord' ? type : 'task';
}

/** The steps of a chain or the members of a group, as they were written. @throws MessageInvalidError */
export function memberSignatures(signature: SignatureData): readonly SignatureData[] {
  return signatureList(signature.kwargs['tasks'], `${signature.task} tasks`) ?? [];
}

/** A signature with other steps or members. */
export function withMembers(
  signature: SignatureData,
  tasks: readonly SignatureData[],
): SignatureData {
  madeHere.add(tasks);
  return { ...signature, kwargs: { ...signature.kwargs, tasks } };
}

/** A chord's header as a group: a list of signatures until it has ids, then a group. @throws MessageInvalidError */
export function headerOf({ task, kwargs: { header } }: SignatureData): SignatureData {
  if (!Array.isArray(header) && header !== null && header !== undefined) {
    const parsed = parseSignature(header, `${task} header`);
    return kindOf(parsed) === 'group' ? parsed : groupOf([parsed]);
  }
  return groupOf(signatureList(header, `${task} header`) ?? []);
}

/** Whether a chord's header is written as a group, as it is once it has its ids. */
export function isHeaderFrozen({ kwargs: { header } }: SignatureData): boolean {
  return header !== null && header !== undefined && !Array.isArray(header);
}

/** What a chord runs in the end. @throws MessageInvalidError if there is none */
export function bodyOf({ task, kwargs: { body } }: SignatureData): SignatureData {
  if (body === null || body === undefined) {
    throw new MessageInvalidError(
      `a chord without a body cannot be sent: give one, as in chord(header, body)`,
    );
  }
  return parseSignature(body, `${task} body`);
}

/** A chord with another body. */
export function withBody(chord: SignatureData, body: SignatureData): SignatureData {
  return { ...chord, kwargs: { ...chord.kwargs, body } };
}

/** Lists of which it is known what is in them; large workflows are gone through many times. */
const madeHere = new WeakSet<object>();

/** One signature or several, as options hold them; null if there is none. @throws MessageInvalidError */
export function signatureList(value: unknown, path: string): readonly SignatureData[] | null {
  if (value === undefined || value === null) return null;
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (madeHere.has(list)) return list as readonly SignatureData[];
  return list.map((each) => parseSignature(each, path));
}

/** Options but for some. */
export function without(options: WireOptions, ...names: readonly string[]): WireOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => !names.includes(name)));
}

/** A signature with options over its own. */
export function withOptions(signature: SignatureData, options: WireOptions): SignatureData {
  return { ...signature, options: mergedOptions(signature.options, options) };
}

/** A signature with what it has from the one around it: arguments before its own, options over its own. */
export function withOuter(
  signature: SignatureData,
  { args, options }: Pick<SignatureData, 'args' | 'options'>,
): SignatureData {
  return merged(signature, { args, kwargs: {}, options });
}

/** A text with something in it. */
export function textOr<Other>(value: unknown, otherwise: Other): string | Other {
  return typeof value === 'string' && value !== '' ? value : otherwise;
}

/** The handle of what comes after another: the first in its line of parents gets it as its own. */
export function rooted(result: ResultTuple, parent: ResultTuple): ResultTuple {
  const line: ResultTuple[] = [];
  for (let each: ResultTuple | null = result; each; each = each[0][1]) line.push(each);
  return line.reduceRight<ResultTuple>((before, [[id], inner]) => [[id, before], inner], parent);
}

/** A chain of signatures, as it is written on the wire. */
export function chainOf(tasks: readonly SignatureData[]): SignatureData {
  madeHere.add(tasks);
  return composite('chain', { tasks });
}

/** A group of signatures, as it is written on the wire. */
export function groupOf(tasks: readonly SignatureData[]): SignatureData {
  madeHere.add(tasks);
  return composite('group', { tasks });
}

/**
 * What stands for an empty group where it is to report to a chord: a task that returns an empty list. A group without
 * members reports nothing, and the chord would wait for ever.
 */
export function emptyListOf({ options }: SignatureData): SignatureData {
  return { ...accumulate, args: [[]], options, immutable: true };
}

/** Of the list that it is given its first: what makes one result of many. */
export const accumulate: SignatureData = {
  task: 'celery.accumulate',
  args: [],
  kwargs: { index: 0 },
  options: {},
  subtask_type: null,
  immutable: false,
};

/** A chord, as it is written on the wire. */
export function chordOf(header: readonly SignatureData[], body: SignatureData): SignatureData {
  madeHere.add(header);
  return composite('chord', { kwargs: {}, header, body });
}

function composite(kind: Exclude<Kind, 'task'>, kwargs: SignatureData['kwargs']): SignatureData {
  const options = {};
  return {
    task: `celery.${kind}`,
    args: [],
    kwargs,
    options,
    subtask_type: kind,
    immutable: false,
  };
}

/** The id that a signature's task has already. */
export function idIn({ options: { task_id: id } }: SignatureData): string | undefined {
  return typeof id === 'string' && id !== '' ? id : undefined;
}
