import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ModuleLoadError } from '../errors.ts';
import { describeLoadFailure } from './load-failure.ts';
import { findModuleFile, parseModuleSpec } from './module-file.ts';

/** What a module exports, by name. */
export type LoadedModule = Readonly<Record<string, unknown>>;

/**
 * Imports a user's module: `tasks`, `./src/tasks.ts`, `tasks.ts:app` (the part after `:` is for who looks into it).
 * TypeScript needs no build; functions keep their names and parameters, and an import of this package gets
 * the instance that is running.
 * @param cwd - the folder that a relative path starts from.
 * @throws ModuleLoadError with file, line and cause in one message.
 */
export async function loadModule(spec: string, cwd: string = process.cwd()): Promise<LoadedModule> {
  const file = findModuleFile(parseModuleSpec(spec).path, cwd);
  try {
    const loaded = /\.[cm]?tsx?$/.test(extname(file))
      ? await importTypeScript(file)
      : await import(pathToFileURL(file).href);
    return loaded as LoadedModule;
  } catch (error) {
    const reason = describeLoadFailure(error, file, cwd);
    throw new ModuleLoadError(`cannot load '${spec}': ${reason}`, { cause: error });
  }
}

/** The same loader on every Node: its type stripping knows neither enums nor imports without an ending. */
async function importTypeScript(file: string): Promise<unknown> {
  const { createJiti } = await import('jiti');
  const jiti = createJiti(file, {
    fsCache: cacheFolder(file),
    interopDefault: false,
    nativeModules: [ownName],
    virtualModules: await ownModules(),
  });
  return jiti.import(file);
}

const ownName = 'celeriac';

/**
 * This package as a module of the user's sees it. Resolved by name at run time, from here: whatever copy a
 * project has installed, its tasks must meet the registry and the context of the worker that loads them.
 */
async function ownModules(): Promise<Record<string, unknown>> {
  const entry = findOwnEntry();
  return entry === undefined ? {} : { [ownName]: await import(pathToFileURL(entry).href) };
}

/** @returns undefined where the package is not built, as in its own unit tests. */
function findOwnEntry(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(ownName);
  } catch {
    return undefined;
  }
}

/** Compiled files are kept in the project, never in a folder that other users can write to. */
function cacheFolder(file: string): string | false {
  let folder = dirname(file);
  while (!existsSync(join(folder, 'node_modules'))) {
    const above = dirname(folder);
    if (above === folder) return false;
    folder = above;
  }
  return join(folder, 'node_modules', '.cache', ownName);
}
