import type { Settings } from '../config/index.ts';
import type { ResultTuple, SignatureData } from '../protocol/index.ts';
import type { HandleOptions } from '../results/index.ts';
import type { Extras } from './merge.ts';
import type { SendOptions } from './options.ts';

/** Publishes what a signature comes to; every app is one. */
export interface Sender {
  /** Resolves once the broker has the messages. */
  send(signature: SignatureData, extras: Extras, options: SendOptions): Promise<Sent>;
  /** Runs it here and now. @param options - `throw`: reject with what a task throws. */
  apply(
    signature: SignatureData,
    extras: Extras,
    options: { readonly throw?: boolean | undefined },
  ): Promise<Sent>;
  /** Gives it and all in it their ids, so that what comes of it is known before it is sent. */
  freeze(signature: SignatureData): Frozen;
  /** How errors are linked; read when a chord's are. */
  readonly settings: Pick<Settings, 'taskAllowErrorCbOnChordHeader'>;
}

/** What came of sending: what handles are made from. */
export interface Sent extends HandleOptions {
  readonly result: ResultTuple;
}

/** A signature with its ids. */
export interface Frozen {
  readonly signature: SignatureData;
  readonly sent: Sent;
}
