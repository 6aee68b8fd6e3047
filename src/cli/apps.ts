import type { Celery } from '../app/index.ts';
import { resolveSettings } from '../config/index.ts';
import { ConfigError } from '../errors.ts';

/** The part of the command line that says which apps are meant, and with which settings. */
export interface AppFlags {
  readonly app?: string;
  readonly broker?: string;
  readonly resultBackend?: string;
  readonly workdir?: string;
}

/** What of the process such flags change. */
export interface Surroundings {
  readonly env: Record<string, string | undefined>;
  readonly chdir: (folder: string) => void;
}

/**
 * Makes the flags hold, then loads the module of -A; without -A there is an app of no tasks.
 * The URLs go into the environment, as with Celery: what is loaded now, and every executor, reads it there.
 * @throws ConfigError, ModuleLoadError
 */
export async function openApps(
  { app, broker, resultBackend, workdir }: AppFlags,
  { env, chdir }: Surroundings,
): Promise<readonly [Celery, ...Celery[]]> {
  if (workdir !== undefined) enter(workdir, chdir);
  resolveSettings({ overrides: { broker, backend: resultBackend } });
  if (broker !== undefined) env.CELERY_BROKER_URL = broker;
  if (resultBackend !== undefined) env.CELERY_RESULT_BACKEND = resultBackend;
  const { Celery, findApps, loadModule, setRuntime } = await import('../app/index.ts');
  setRuntime({ isHosted: true });
  if (app === undefined) return [new Celery('celeriac')];
  return findApps(await loadModule(app), app);
}

function enter(folder: string, chdir: Surroundings['chdir']): void {
  try {
    chdir(folder);
  } catch (error) {
    throw new ConfigError(`--workdir must be a folder that can be entered, got '${folder}'`, {
      cause: error,
    });
  }
}
