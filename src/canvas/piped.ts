import { ConfigError } from '../errors.ts';
import type { SignatureData } from '../protocol/index.ts';
import type { Linking } from './links.ts';
import type { Sender } from './sender.ts';
import type { AnyStep } from './types.ts';
import { joined } from './upgrade.ts';

/** What all signatures have. */
export interface AnyData {
  readonly data: SignatureData;
  readonly sender: Sender | undefined;
  like(data: SignatureData, sender: Sender | undefined): AnyStep;
}

/** One step behind another: of the class of the second. @throws ConfigError for what is no signature */
export function piped(first: AnyData, second: unknown): AnyStep {
  const next = stepOf(second);
  return next.like(joined(first.data, next.data, linkingOf(first.sender)), first.sender);
}

/** @throws ConfigError for what is no signature */
export function dataOf(step: unknown): SignatureData {
  return stepOf(step).data;
}

/** What makes a step a signature. @throws ConfigError for what is none */
export function stepOf(step: unknown): AnyData {
  const isSignature = typeof step === 'object' && step !== null && 'data' in step && 'like' in step;
  if (isSignature) return step as AnyData;
  throw new ConfigError(
    `a step must be a signature such as task.s(1) or task.si(1), got ${typeof step}`,
  );
}

/** The settings are read when an error is linked to a chord: until then a program may still say what they are. */
export function linkingOf(sender: Sender | undefined): Linking {
  return {
    get errorCallbacksOnHeader() {
      return sender?.settings.taskAllowErrorCbOnChordHeader;
    },
  };
}
