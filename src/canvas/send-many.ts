import { ConfigError } from '../errors.ts';
import type { SignatureData } from '../protocol/index.ts';
import type { AsyncResult, GroupResult } from '../results/index.ts';
import type { SendOptions, SignatureOptions } from './options.ts';
import type { Sent } from './sender.ts';
import { GroupSignature, groupHandleOf, handleOf, Signature } from './signature.ts';
import type { AnyStep, Given, StepTypes } from './types.ts';

/** What may be said of all calls that are sent together. */
export interface SendManyOptions
  extends Omit<SignatureOptions<never>, 'taskId' | 'link'>,
    SendOptions {}

/** Signatures that have all their arguments. */
export type Sendable<Steps extends readonly unknown[]> = {
  readonly [Index in keyof Steps]: IsWhole<Steps[Index]> extends true ? Steps[Index] : never;
};

type IsWhole<Step> = Step extends { readonly '~step'?: StepTypes<infer Left, infer _Result> }
  ? [] extends Given<Left>
    ? true
    : false
  : false;

/** The handle of each. */
export type Handles<Steps extends readonly unknown[]> = {
  -readonly [Index in keyof Steps]: HandleOf<Steps[Index]>;
};

type HandleOf<Step> = Step extends GroupSignature<infer _Left, infer Results>
  ? GroupResult<Results>
  : Step extends Signature<infer _Left, infer Result>
    ? AsyncResult<Result>
    : never;

/** @throws ConfigError for what is no signature */
export function signaturesIn(steps: readonly AnyStep[]): readonly AnySignature[] {
  return steps.map((step) => {
    if (step instanceof Signature || step instanceof GroupSignature) return step;
    throw new ConfigError(
      `sendMany() takes signatures such as task.s(1, 2), got ${step === null ? 'null' : typeof step}`,
    );
  });
}

/** A signature of any type. */
export interface AnySignature {
  readonly data: SignatureData;
}

/** The handle of what was sent for a signature. */
export function handleFor(
  signature: AnySignature,
  sent: Sent,
): AsyncResult<unknown> | GroupResult<readonly unknown[]> {
  return signature instanceof GroupSignature ? groupHandleOf(sent) : handleOf(sent);
}
