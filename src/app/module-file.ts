import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { ModuleLoadError } from '../errors.ts';
import { nearest } from '../util/index.ts';

const endings = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs'];

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
 * @throws ModuleLoadError with everything that was tried.
 */
export function findModuleFile(path: string, cwd: string): string {
  const full = resolve(cwd, path);
  const isNamed = endings.includes(extname(path));
  const tried = isNamed
    ? [full]
    : [
        ...endings.map((ending) => `${full}${ending}`),
        ...endings.map((ending) => join(full, `index${ending}`)),
      ];
  const found = tried.find(isFile);
  if (found !== undefined) return found;
  if (isFile(full)) {
    throw new ModuleLoadError(
      `cannot load '${path}': not a module; its name must end in one of ${endings.join(' ')}`,
    );
  }
  throw new ModuleLoadError(`cannot load '${path}': ${notFound(full, isNamed)}`);
}

function notFound(full: string, isNamed: boolean): string {
  const place = `in '${dirname(full)}'`;
  const name = basename(full);
  const tried = isNamed
    ? `no file '${name}' ${place}`
    : `no file '${name}' with one of the endings ${endings.join(' ')} ${place}, and no '${name}/index' with one`;
  const near = nearest(name, modulesIn(dirname(full), isNamed));
  return near === undefined
    ? `${tried}; see -A and --workdir`
    : `${tried}; did you mean '${near}'?`;
}

/** Throws for no path, not even for one that goes through a file. */
function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}

function modulesIn(folder: string, withEnding: boolean): string[] {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return [];
  return readdirSync(folder)
    .filter((file) => endings.includes(extname(file)))
    .map((file) => (withEnding ? file : basename(file, extname(file))));
}
