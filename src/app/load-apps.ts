import type { Celery } from './celery.ts';
import { findApps } from './find-app.ts';
import { loadModule } from './load-module.ts';

/**
 * The apps of a user's module, the main one first, with all their tasks: the modules that the apps' settings name
 * and those that they look for are loaded after it.
 * @param spec - the module as given with -A.
 * @param include - more modules, as given with --include.
 * @throws ModuleLoadError with file, line and cause; ConfigError for settings that cannot be used
 */
export async function loadApps(
  spec: string,
  include: readonly string[] = [],
): Promise<readonly [main: Celery, ...others: Celery[]]> {
  const apps = findApps(await loadModule(spec), spec);
  for (const app of apps) await app.importDefaultModules({ include });
  return apps;
}
