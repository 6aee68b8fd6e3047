import type { PlanContext } from '../canvas/index.ts';
import type { App } from './app.ts';

/** What is the same for all that is planned for an app. */
export type PlanTerms = Required<
  Pick<PlanContext, 'newId' | 'replyTo' | 'errorCallbacksOnHeader'>
> &
  Pick<PlanContext, 'countsChords'>;

/** Reads the settings. @param counting - whether the parts of chords are counted; they are if not given */
export function planTermsOf(
  { newId, replyTo, settings }: App,
  { countsChords }: Pick<PlanContext, 'countsChords'> = {},
): PlanTerms {
  const { taskAllowErrorCbOnChordHeader: errorCallbacksOnHeader } = settings;
  return { newId, replyTo, errorCallbacksOnHeader, countsChords };
}
