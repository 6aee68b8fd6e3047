import { statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { ModuleLoadError } from '../errors.ts';
import { nearest } from '../util/index.ts';
import { foldersIn, lookForModule } from './module-file.ts';

/** Where an app's tasks are looked for when its modules are loaded. */
export interface Discovery {
  /** Folders, files or glob patterns of either, from the working directory; a function is asked at that time. */
  readonly places: PlacesToLook;
  /** The module of each folder; null: the folder's index file. */
  readonly relatedName: string | null;
}

/** What `autodiscoverTasks` takes: a folder, a file or a glob pattern, several, or a function that gives them. */
export type PlacesToLook = string | readonly string[] | (() => string | readonly string[]);

/**
 * The modules that are found, as paths from `cwd`, each once. A folder without such a module is passed over.
 * @throws ModuleLoadError for a place that is not there, or a pattern that fits nothing
 */
export async function discoverModules(
  { places, relatedName }: Discovery,
  cwd: string,
): Promise<readonly string[]> {
  const given = typeof places === 'function' ? places() : places;
  const found = new Set<string>();
  for (const place of typeof given === 'string' ? [given] : given) {
    for (const path of await pathsOf(place, cwd)) {
      const module = isFolder(resolve(cwd, path))
        ? lookForModule(join(path, relatedName ?? 'index'), cwd)
        : lookForModule(path, cwd);
      if (module !== undefined) found.add(relative(cwd, module));
    }
  }
  return [...found];
}

/** `src/orders`, `src/*`, `src/**\/tasks.ts`: the folders or files that are meant. */
async function pathsOf(place: string, cwd: string): Promise<readonly string[]> {
  const { glob, isDynamicPattern } = await import('tinyglobby');
  if (!isDynamicPattern(place)) {
    if (!isFolder(resolve(cwd, place)) && lookForModule(place, cwd) === undefined) {
      throw new ModuleLoadError(`autodiscoverTasks: ${notThere(place, cwd)}`);
    }
    return [place];
  }
  const isForFiles = /\.(?:[cm]?[jt]s|\{[^{}/]*\})$/.test(place);
  const found = await glob(place, {
    cwd,
    ...(isForFiles ? { onlyFiles: true } : { onlyDirectories: true }),
    expandDirectories: false,
    ignore: ['**/node_modules/**', '**/*.d.ts'],
  });
  if (found.length > 0) return found.sort();
  const what = isForFiles ? 'file' : 'folder';
  throw new ModuleLoadError(`autodiscoverTasks: no ${what} in '${cwd}' fits '${place}'`);
}

function notThere(place: string, cwd: string): string {
  const full = resolve(cwd, place);
  const near = nearest(basename(full), foldersIn(dirname(full)));
  const hint = near === undefined ? '; see --workdir' : `; did you mean '${near}'?`;
  return `no folder '${basename(full)}' in '${dirname(full)}'${hint}`;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
