import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { endEverything, onFileEnd } from './cleanup.ts';
import { tempDir } from './temp.ts';

test('what was started last ends first, and each ends though another fails', async () => {
  const ended: string[] = [];
  onFileEnd(async () => void ended.push('first'));
  onFileEnd(() => Promise.reject(new Error('stuck')));
  onFileEnd(async () => void ended.push('last'));

  await expect(endEverything()).rejects.toThrow('what the tests started did not end');

  expect(ended).toEqual(['last', 'first']);
});

test('temporary folders are apart and go with all that is in them', async () => {
  const folders = [tempDir(), tempDir()] as const;
  writeFileSync(join(folders[0], 'file'), 'text');
  const before = folders.map((folder) => existsSync(folder));

  await endEverything();

  expect(before).toEqual([true, true]);
  expect(folders[0]).not.toBe(folders[1]);
  expect(folders.map((folder) => existsSync(folder))).toEqual([false, false]);
});
