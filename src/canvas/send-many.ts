import { ConfigError } from '../errors.ts';
import type { SignatureData } from '../protocol/index.ts';
import type { AsyncResult, GroupResult } from '../results/index.ts';
import { groupHandleOf, groupOptions, handleOf } from './calls.ts';
import { GroupSignature } from './group-signature.ts';
import type { Extras } from './merge.ts';
import type { SendOptions, SignatureOptions } from './options.ts';
import type { Sent } from './sender.ts';
import { Signature } from './signature.ts';
import { kindOf } from './structure.ts';
import type { AnyStep, SignatureLike, Whole } from './types.ts';
import { toWireOptions } from './wire-options.ts';

/** What may be said of all calls that are sent together. */
export interface SendManyOptions
  extends Omit<SignatureOptions<never>, 'taskId' | 'link'>,
    SendOptions {}

/** Signatures that have all their arguments. */
export type Sendable<Steps extends readonly unknown[]> = {
  readonly [Index in keyof Steps]: Whole<Steps[Index]>;
};

/** The handle of each. */
export type Handles<Steps extends readonly unknown[]> = {
  -readonly [Index in keyof Steps]: HandleOf<Steps[Index]>;
};

type HandleOf<Step> = Step extends GroupSignature<
  infer _Left,
  infer Results,
  infer _Hands,
  infer _Kind
>
  ? GroupResult<Results>
  : Step extends Signature<infer _Left, infer Result>
    ? AsyncResult<Result>
    : never;

/**
 * Hands the signatures' data and what is said of all of them to `send`.
 * @returns the handle of each
 * @throws ConfigError for what is no signature
 */
export async function sendAll<Steps extends readonly AnyStep[]>(
  steps: Steps,
  options: SendManyOptions,
  send: (
    data: readonly SignatureData[],
    extras: Extras,
    options: SendOptions,
  ) => Promise<readonly Sent[]>,
): Promise<Handles<Steps>> {
  const all = signaturesIn(steps);
  const { deadline, signal, ...others } = options;
  const extras: Extras = { args: [], kwargs: {}, options: toWireOptions(others) };
  const data = all.map((each) => each.data);
  if (data.some((each) => kindOf(each) === 'group')) groupOptions(others);
  const sent = await send(data, extras, { deadline, signal });
  return sent.flatMap((each, index) => {
    const signature = all[index];
    return signature ? [handleFor(signature, each)] : [];
  }) as unknown as Handles<Steps>;
}

function signaturesIn(steps: readonly AnyStep[]): readonly SignatureLike[] {
  return steps.map((step) => {
    if (step instanceof Signature || step instanceof GroupSignature) return step;
    throw new ConfigError(
      `sendMany() takes signatures such as task.s(1, 2), got ${step === null ? 'null' : typeof step}`,
    );
  });
}

/** The handle of what was sent for a signature. */
function handleFor(
  signature: SignatureLike,
  sent: Sent,
): AsyncResult<unknown> | GroupResult<readonly unknown[]> {
  return signature instanceof GroupSignature ? groupHandleOf(sent) : handleOf(sent);
}
