import { accessSync, constants, mkdirSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { BrokerUnavailableError, ConfigError, summaryOf } from '../../errors.ts';

/**
 * The path in `sqlite:<path>` or `sqlite://<path>`, taken literally: `sqlite:///data/app.db` is absolute,
 * `sqlite://data/app.db` is seen from the working directory.
 * @throws ConfigError if it names no file.
 */
export function parseSqliteUrl(url: string): string {
  const path = url.replace(/^sqlite:(\/\/)?/i, '');
  if (path === url) throw new ConfigError(`'${url}' is no SQLite URL; write 'sqlite:<path>'`);
  if (path.includes('?')) {
    throw new ConfigError(`'${url}' has parameters after '?', and a SQLite URL takes none`);
  }
  if (path.startsWith(':memory:')) {
    throw new ConfigError(`'${url}' cannot be shared by processes; name a file instead`);
  }
  if (path === '' || path.endsWith('/')) {
    throw new ConfigError(`'${url}' names no file; write 'sqlite:<path>'`);
  }
  return path;
}

/** How errors call a file. */
export function urlOfFile(file: string): string {
  return `sqlite://${file}`;
}

/**
 * Makes the folder of a database file, if need be.
 * @returns the file's real path: the same for all names of one file.
 * @throws BrokerUnavailableError if it cannot be made or must not be written.
 */
export function prepareFile(path: string): string {
  const wanted = resolve(path);
  try {
    mkdirSync(dirname(wanted), { recursive: true });
    const file = realPath(wanted);
    accessSync(dirname(file), constants.W_OK);
    accessIfThere(file);
    return file;
  } catch (error) {
    throw new BrokerUnavailableError(urlOfFile(wanted), reasonOf(error), { cause: error });
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
    return join(realpathSync(dirname(path)), basename(path));
  }
}

function accessIfThere(file: string): void {
  try {
    accessSync(file, constants.R_OK | constants.W_OK);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function reasonOf(error: unknown): string {
  return summaryOf(error);
}
