import { chmodSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensureBuilt, isBuilt, isInstalled } from './setup.mjs';

let root;

/** Writes a file dated some seconds ago; negative ones are to come. */
function write(path, text, secondsAgo = 60) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
  age(path, secondsAgo);
}

function age(path, secondsAgo) {
  const at = Date.now() / 1000 - secondsAgo;
  utimesSync(join(root, path), at, at);
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'celeriac-setup-'));
  write('package-lock.json', '{}');
  for (const name of ['package.json', 'tsconfig.json', 'tsconfig.build.json']) write(name, '{}');
  write('src/index.ts', '');
  age('src', 60);
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

test('a tree without node_modules is not installed', () => {
  expect(isInstalled(root)).toBe(false);
});

test('node_modules that npm made after the lockfile are installed', () => {
  write('node_modules/.package-lock.json', '{}', 10);

  expect(isInstalled(root)).toBe(true);
});

test('node_modules older than a lockfile that they are not known to be of are not installed', () => {
  write('node_modules/.package-lock.json', '{}', 90);

  expect(isInstalled(root)).toBe(false);
});

test('a lockfile with other text needs an installation, one that is only newer does not', () => {
  write('node_modules/.package-lock.json', '{}', 10);
  isInstalled(root);

  age('package-lock.json', 0);
  const afterTouch = isInstalled(root);
  write('package-lock.json', '{"lockfileVersion":3}');
  const afterChange = isInstalled(root);

  expect({ afterTouch, afterChange }).toEqual({ afterTouch: true, afterChange: false });
});

test('dist is built once, with an executable command, and again when a source changes', async () => {
  const compile = '#!/bin/sh\nmkdir -p dist/cli && echo 1 > dist/cli/main.js';
  write('node_modules/.bin/tsc', compile);
  chmodSync(join(root, 'node_modules/.bin/tsc'), 0o755);

  const before = isBuilt(root);
  await ensureBuilt(root);
  const after = isBuilt(root);
  write('src/index.ts', '', -60);
  const afterEdit = isBuilt(root);

  expect({ before, after, afterEdit }).toEqual({ before: false, after: true, afterEdit: false });
});

test('what src no longer has leaves dist with the next build', () => {
  write('dist/cli/main.js', '');
  write('node_modules/.celeriac-built', '', 30);
  const before = isBuilt(root);

  rmSync(join(root, 'src/index.ts'));

  expect({ before, after: isBuilt(root) }).toEqual({ before: true, after: false });
});

test('a changed test does not make dist old', () => {
  write('dist/cli/main.js', '');
  write('src/index.test.ts', '', 0);
  age('src', 60);
  write('node_modules/.celeriac-built', '', 30);

  expect(isBuilt(root)).toBe(true);
});

test('a build that fails carries what the compiler said', async () => {
  write('node_modules/.bin/tsc', '#!/bin/sh\necho "wrong type"; exit 2');
  chmodSync(join(root, 'node_modules/.bin/tsc'), 0o755);

  await expect(ensureBuilt(root)).rejects.toMatchObject({
    message: expect.stringContaining('build failed (exit code 2)'),
    output: 'wrong type\n',
  });
});
