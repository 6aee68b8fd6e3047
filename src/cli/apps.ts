import type { Celery } from '../app/index.ts';
import { type Environment, resolveSettings, setFromCommandLine } from '../config/index.ts';
import { ConfigError } from '../errors.ts';

/** The part of the command line that says which apps are meant, and with which settings. */
export interface AppFlags {
  readonly app?: string;
  readonly broker?: string;
  readonly resultBackend?: string;
  readonly config?: string;
  /** `name=value` each. */
  readonly set?: readonly string[];
  readonly workdir?: string;
}

/** What of the process such flags change. */
export interface Surroundings {
  readonly env: Environment;
  readonly chdir: (folder: string) => void;
}

/**
 * Makes the flags hold, then loads the module of -A and the task modules of its apps; without -A there is an app of no tasks.
 * Settings go into the environment, as with Celery: what is loaded now, and every executor, reads them there.
 * @throws ConfigError, ModuleLoadError
 */
export async function openApps(
  { app, workdir, ...settings }: AppFlags,
  { env, chdir }: Surroundings,
): Promise<readonly [Celery, ...Celery[]]> {
  if (workdir !== undefined) enter(workdir, chdir);
  applySettings(settings, env);
  const { Celery, loadApps, setRuntime } = await import('../app/index.ts');
  setRuntime({ isHosted: true });
  if (app === undefined) return [new Celery('celeriac')];
  return loadApps(app);
}

function applySettings({ broker, resultBackend, config, set = [] }: AppFlags, env: Environment) {
  resolveSettings({ overrides: { broker, backend: resultBackend } }); // in the words of these flags
  const urls = Object.entries({ broker, backend: resultBackend });
  const flags = urls.filter(([, url]) => url !== undefined).map(([name, url]) => `${name}=${url}`);
  setFromCommandLine([...flags, ...set], env);
  if (config === '')
    throw new ConfigError('--config must be the path of a module, got an empty text');
  if (config !== undefined) env.CELERY_CONFIG_MODULE = config;
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
