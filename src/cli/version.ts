import { createRequire } from 'node:module';

/** What this package's manifest says; read, as loading the app for its version would take longer. */
interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

function manifest(): Manifest {
  return createRequire(import.meta.url)('../../package.json') as Manifest;
}

/** The version of this package. */
export function ownVersion(): string {
  return manifest().version;
}

/** This package's version, and those of the libraries that it was made for. */
export function packageVersions(): Readonly<Record<string, string>> {
  const { name, version, dependencies } = manifest();
  return { [name]: version, ...dependencies };
}
