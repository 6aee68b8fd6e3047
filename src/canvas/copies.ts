import { ConfigError } from '../errors.ts';
import type { SignatureData } from '../protocol/index.ts';
import { endLinkedTo, errorLinkedTo } from './links.ts';
import { merged } from './merge.ts';
import type { Handed, Kwargs, SignatureOptions } from './options.ts';
import { dataOf, linkingOf } from './piped.ts';
import type { Sender } from './sender.ts';
import { kindOf, withOptions } from './structure.ts';
import { toWireOptions } from './wire-options.ts';

/** What a copy of a signature gets besides what the signature has: arguments before its own, the rest over its own. */
export interface CloneOptions<Args, Result> extends SignatureOptions<Handed<Result>> {
  readonly args?: Args | undefined;
  readonly kwargs?: Kwargs | undefined;
}

/** What a copy of a signature has in place of what the signature has; what is not there stays. */
export interface Replacement<Result> {
  readonly args?: readonly unknown[] | undefined;
  readonly kwargs?: Kwargs | undefined;
  readonly options?: SignatureOptions<Handed<Result>> | undefined;
}

/** A signature with these options over its own. @throws ConfigError, NotSupportedError */
export function withCallOptions(data: SignatureData, options: object): SignatureData {
  return withOptions(data, toWireOptions(options));
}

/** See `CloneOptions`. @throws ConfigError for keywords of what is no single task */
export function cloned(
  data: SignatureData,
  {
    args = [],
    kwargs = {},
    ...options
  }: Pick<CloneOptions<readonly unknown[], never>, 'args' | 'kwargs'>,
): SignatureData {
  if (Object.keys(kwargs).length > 0) onlyOfTasks(data);
  return merged(data, { args, kwargs, options: toWireOptions(options) });
}

/** See `Replacement`. @throws ConfigError for keywords of what is no single task */
export function replaced(
  data: SignatureData,
  {
    args,
    kwargs,
    options,
  }: Omit<Replacement<never>, 'options'> & { readonly options?: object | undefined },
): SignatureData {
  if (kwargs) onlyOfTasks(data);
  return {
    ...data,
    ...(args && { args }),
    ...(kwargs && { kwargs }),
    ...(options && { options: toWireOptions(options) }),
  };
}

/** The keywords of other signatures are what they are made of. */
function onlyOfTasks(data: SignatureData): void {
  if (kindOf(data) === 'task') return;
  throw new ConfigError(
    `a ${kindOf(data)} has no keyword arguments of its own; give them to its tasks, or to applyAsync()`,
  );
}

/** See `endLinkedTo`. */
export function withLink(data: SignatureData, callback: unknown): SignatureData {
  return endLinkedTo(data, dataOf(callback));
}

/** See `errorLinkedTo`. */
export function withErrorLink(
  data: SignatureData,
  errback: unknown,
  sender: Sender | undefined,
): SignatureData {
  return errorLinkedTo(data, dataOf(errback), linkingOf(sender));
}
