import type { SettingsOptions } from '../config/index.ts';
import type { TaskAnnotations } from './annotations.ts';
import type { ConfigInput } from './configuration.ts';

/** What a program says about its app: any setting, and `broker` and `backend` for the two URLs. */
export type CeleryOptions = Omit<SettingsOptions, 'taskAnnotations'> & {
  readonly taskAnnotations?: TaskAnnotations | null | undefined;
  /** Weaker settings: a module's path, or an object in Celery's spelling; as `configFromObject` takes it. */
  readonly config?: ConfigInput | undefined;
};
