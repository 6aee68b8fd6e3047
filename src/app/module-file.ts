import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { ModuleLoadError } from '../errors.ts';
import { nearest } from '../util/index.ts';

/** What a module is wanted for: which files may hold it, and where else to look when there is none. */
export interface ModulePurpose {
  readonly endings: readonly string[];
  readonly remedy: string;
}

const code = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs'];

/** A module with tasks or an app. */
export const tasksModule: ModulePurpose = { endings: code, remedy: 'see -A and --workdir' };

/** A module with settings. */
export const configModule: ModulePurpose = {
  endings: [...code, '.json'],
  remedy: 'paths start from the folder that the program runs in; see --config and --workdir',
};

/** The two parts of `path:attribute`. */
export interface ModuleSpec {
  readonly path: string;
  /** The export that is meant; undefined if it is for the reader to find. */
  readonly attribute: string | undefined;
}

/** Splits `tasks.ts:app`. A drive letter, as in `C:\tasks.ts`, is no path of its own. */
export function parseModuleSpec(spec: string): ModuleSpec {
  const [, path, attribute] = /^(.{2,}?|[^a-z]):([\p{L}_$][\p{L}\p{N}_$]*)$/iu.exec(spec) ?? [];
  return { path: path ?? spec, attribute };
}

/**
 * The file that a path stands for: itself, itself with an ending, or the index file of a folder.
 * @returns undefined if there is none
 */
export function lookForModule(
  path: string,
  cwd: string,
  { endings } = tasksModule,
): string | undefined {
  const full = resolve(cwd, path);
  const tried = endings.includes(extname(path))
    ? [full]
    : [
        ...endings.map((ending) => `${full}${ending}`),
        ...endings.map((ending) => join(full, `index${ending}`)),
      ];
  return tried.find(isFile);
}

/**
 * The file that a path stands for, as `lookForModule` finds it.
 * @throws ModuleLoadError with everything that was tried.
 */
export function findModuleFile(path: string, cwd: string, purpose = tasksModule): string {
  const found = lookForModule(path, cwd, purpose);
  if (found !== undefined) return found;
  const { endings } = purpose;
  const full = resolve(cwd, path);
  const isNamed = endings.includes(extname(path));
  if (isFile(full)) {
    throw new ModuleLoadError(
      `cannot load '${path}': not a module; its name must end in one of ${endings.join(' ')}`,
    );
  }
  throw new ModuleLoadError(`cannot load '${path}': ${notFound(full, isNamed, purpose)}`);
}

function notFound(full: string, isNamed: boolean, { endings, remedy }: ModulePurpose): string {
  const place = `in '${dirname(full)}'`;
  const name = basename(full);
  const tried = isNamed
    ? `no file '${name}' ${place}`
    : `no file '${name}' with one of the endings ${endings.join(' ')} ${place}, and no '${name}/index' with one`;
  const files = filesIn(dirname(full)).filter((file) => endings.includes(extname(file)));
  const known = isNamed ? files : files.map((file) => basename(file, extname(file)));
  const near = nearest(name, known);
  return near === undefined ? `${tried}; ${remedy}` : `${tried}; did you mean '${near}'?`;
}

/** Throws for no path, not even for one that goes through a file. */
function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}

function filesIn(folder: string): string[] {
  return existsSync(folder) && statSync(folder).isDirectory() ? readdirSync(folder) : [];
}

/** The names of the folders in a folder, for who looks for one that is not there. */
export function foldersIn(folder: string): string[] {
  return filesIn(folder).filter((name) =>
    statSync(join(folder, name), { throwIfNoEntry: false })?.isDirectory(),
  );
}
