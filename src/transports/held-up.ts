import { BrokerUnavailableError } from '../errors.ts';

/** What a commit that was held up in part has come to. */
export interface HeldUp {
  /** The places, in what was committed, of those that are not applied; each is to be committed again. */
  readonly places: readonly number[];
  /** The tags of those that are, and whose claim was lost. */
  readonly lost: readonly string[];
}

/**
 * Some of what was committed finds something in the place of what is kept of its chords, until somebody removes it. People
 * have been told; the rest is applied.
 */
export class HeldUpError extends BrokerUnavailableError {
  readonly reason: string;
  readonly heldUp: HeldUp;

  constructor(url: string, reason: string, heldUp: HeldUp) {
    super(url, reason);
    this.reason = reason;
    this.heldUp = heldUp;
  }
}
