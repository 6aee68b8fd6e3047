import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ModuleLoadError } from '../errors.ts';
import { describeLoadFailure } from './load-failure.ts';
import { configModule, findModuleFile, parseModuleSpec } from './module-file.ts';

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
    const loaded = isTypeScript(file)
      ? await importTypeScript(file)
      : await import(pathToFileURL(file).href);
    return loaded as LoadedModule;
  } catch (error) {
    const reason = describeLoadFailure(error, file, cwd);
    throw new ModuleLoadError(`cannot load '${spec}': ${reason}`, { cause: error });
  }
}

/**
 * The same of a module with settings, JSON too, at once: settings are read synchronously.
 * @throws ModuleLoadError with file, line and cause in one message, also for a top-level await.
 */
export function loadConfigModule(spec: string, cwd: string = process.cwd()): LoadedModule {
  const file = findModuleFile(parseModuleSpec(spec).path, cwd, configModule);
  if (file.endsWith('.json')) return readJson(file, spec);
  try {
    const loaded: unknown = isTypeScript(file) ? requireTypeScript(file) : requireHere(file);
    return loaded as LoadedModule;
  } catch (error) {
    const reason = isAsync(error)
      ? 'it, or what it imports, has a top-level await, and settings are read without waiting; take the await out'
      : describeLoadFailure(error, file, cwd);
    throw new ModuleLoadError(`cannot load '${spec}': ${reason}`, { cause: error });
  }
}

/** Settings may be secret, and the error that JSON.parse throws repeats some of the text. */
function readJson(file: string, spec: string): LoadedModule {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof value === 'object' && value !== null) return value as LoadedModule;
  } catch {
    throw new ModuleLoadError(`cannot load '${spec}': it is not valid JSON`);
  }
  throw new ModuleLoadError(`cannot load '${spec}': it must hold a JSON object with settings`);
}

function isAsync(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && error.code === 'ERR_REQUIRE_ASYNC_MODULE') return true;
  return error instanceof SyntaxError && error.message.startsWith('await is only valid in async');
}

function isTypeScript(file: string): boolean {
  return /\.[cm]?tsx?$/.test(extname(file));
}

/** Of the package's own place: what it resolves is what this package depends on. */
const requireHere = createRequire(import.meta.url);

/** The same loader on every Node: its type stripping knows neither enums nor imports without an ending. */
async function importTypeScript(file: string): Promise<unknown> {
  const { createJiti } = await import('jiti');
  const entry = findOwnEntry();
  const own = entry && (await import(pathToFileURL(entry).href));
  return createJiti(file, jitiOptions(file, own)).import(file);
}

function requireTypeScript(file: string): unknown {
  const { createJiti } = requireHere('jiti') as typeof import('jiti');
  const entry = findOwnEntry();
  const own: unknown = entry && requireHere(entry);
  return createJiti(file, jitiOptions(file, own))(file);
}

/**
 * @param own - this package as a module of the user's sees it. Resolved by name at run time, from here: whatever
 *   copy a project has installed, its tasks must meet the registry and the context of the worker that loads them.
 */
function jitiOptions(file: string, own: unknown) {
  return {
    fsCache: cacheFolder(file),
    interopDefault: false,
    nativeModules: [ownName],
    virtualModules: own === undefined ? {} : { [ownName]: own },
  };
}

const ownName = 'celeriac';

/** @returns undefined where the package is not built, as in its own unit tests. */
function findOwnEntry(): string | undefined {
  try {
    return requireHere.resolve(ownName);
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
