import type { PlanContext } from '../canvas/index.ts';
import type { App } from './app.ts';

/** What is the same for all that is planned for an app. */
export type PlanTerms = Required<Pick<PlanContext, 'newId' | 'replyTo' | 'errorCallbacksOnHeader'>>;

/** Reads the settings. */
export function planTermsOf({ newId, replyTo, settings }: App): PlanTerms {
  return { newId, replyTo, errorCallbacksOnHeader: settings.taskAllowErrorCbOnChordHeader };
}
