import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runtime } from './runtime.ts';

/**
 * Whether a module is the program that `node` (or `jiti`, `tsx`) was started with, and not one that it, or a
 * worker, has loaded: `if (isProgram(import.meta.url)) { … }`.
 */
export function isProgram(importMetaUrl: string): boolean {
  const [, started] = process.argv;
  if (started === undefined || runtime().isHosted) return false;
  try {
    const path = importMetaUrl.startsWith('file:') ? fileURLToPath(importMetaUrl) : importMetaUrl;
    return realpathSync(path) === realpathSync(started);
  } catch {
    return false; // started with -e or from a pipe: there is no file
  }
}
