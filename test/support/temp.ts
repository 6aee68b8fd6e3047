import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onFileEnd } from './cleanup.ts';

/** @returns a new empty folder, removed with all in it when the test file is over. */
export function tempDir(): string {
  const folder = mkdtempSync(join(tmpdir(), 'celeriac-test-'));
  onFileEnd(async () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
