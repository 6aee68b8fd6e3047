import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { checkLayers } from './check-layers.mjs';

const roots = [];

/** A tree of sources: its text by path in src. */
function treeOf(sources) {
  const root = mkdtempSync(join(tmpdir(), 'celeriac-layers-'));
  roots.push(root);
  for (const [path, text] of Object.entries(sources)) {
    mkdirSync(dirname(join(root, 'src', path)), { recursive: true });
    writeFileSync(join(root, 'src', path), text);
  }
  return root;
}

afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true });
});

const clean = {
  'errors.ts': 'export class AppError extends Error {}',
  'index.ts': `export { Celery } from './app/index.ts';\nexport { AppError } from './errors.ts';`,
  'util/index.ts': `export * from './time.ts';`,
  'util/time.ts': 'export type Millis = number;',
  'protocol/index.ts': `export { encode } from './json.ts';`,
  'protocol/json.ts': `import type { Millis } from '../util/index.ts';\nexport const encode = (at: Millis) => at;`,
  'drivers/redis/index.ts': `export { connect } from './client.ts';`,
  'drivers/redis/client.ts': 'export const connect = () => {};',
  'transports/index.ts': `export { open } from './registry.ts';\nexport type { Transport } from './transport.ts';`,
  'transports/registry.ts': `export const open = async () => (await import('./redis/redis.ts')).redis;`,
  'transports/transport.ts': 'export interface Transport { close(): void }',
  'transports/redis/redis.ts': `import Redis from 'ioredis';
import { connect } from '../../drivers/redis/index.ts';
import type { Transport } from '../transport.ts';
export const redis: Transport = { close: () => connect(Redis) };`,
  'app/index.ts': `export { Celery } from './celery.ts';`,
  'app/celery.ts': `import { open } from '../transports/index.ts';\nexport class Celery { open = open; load = (path: string) => import(path); }`,
  'app/celery.test.ts': `import { until } from '../../test/support/waits.ts';\nimport { Celery } from './celery.ts';\nuntil(Celery);`,
  'worker/index.ts': `export { work } from './work.ts';`,
  'worker/work.ts': 'export const work = 1;',
  'cli/main.ts': `import { work } from '../worker/index.ts';\nimport { purge } from './commands/purge.ts';\npurge(work);`,
  'cli/commands/purge.ts': 'export const purge = (_: unknown) => {};',
};

test('a tree that keeps the rules has no offences', () => {
  expect(checkLayers(treeOf(clean))).toEqual([]);
});

test.each([
  {
    offence: 'an import from a higher row',
    sources: { 'util/time.ts': `\nimport { encode } from '../protocol/index.ts';` },
    expected:
      'src/util/time.ts:2: util (row 0) imports protocol (row 1); a folder imports only from rows with a smaller number',
  },
  {
    offence: 'a type imported from a higher row',
    sources: { 'util/time.ts': `export type T = import('../app/index.ts').Celery;` },
    expected:
      'src/util/time.ts:1: util (row 0) imports app (row 7); a folder imports only from rows with a smaller number',
  },
  {
    offence: 'a re-export from a higher row',
    sources: { 'util/index.ts': `export type { Celery } from '../app/index.ts';` },
    expected:
      'src/util/index.ts:1: util (row 0) imports app (row 7); a folder imports only from rows with a smaller number',
  },
  {
    offence: 'an import() from a higher row, deep in a function',
    sources: { 'util/time.ts': 'const f = async () => {\n  await import(`../app/index.ts`);\n};' },
    expected:
      'src/util/time.ts:2: util (row 0) imports app (row 7); a folder imports only from rows with a smaller number',
  },
  {
    offence: "an import from the same row's other folder",
    sources: {
      'beat/index.ts': `export * from './beat.ts';`,
      'beat/beat.ts': `import '../worker/index.ts';`,
    },
    expected:
      'src/beat/beat.ts:1: beat (row 8) imports worker (row 8); a folder imports only from rows with a smaller number',
  },
  {
    offence: 'an import from another driver',
    sources: { 'drivers/sqlite/index.ts': `export * from '../redis/index.ts';` },
    expected:
      'src/drivers/sqlite/index.ts:1: drivers/sqlite (row 2) imports drivers/redis (row 2); a folder imports only from rows with a smaller number',
  },
  {
    offence: "an import past another folder's index.ts",
    sources: { 'worker/work.ts': `import type { Millis } from '../util/time.ts';` },
    expected:
      "src/worker/work.ts:1: imports util/time.ts, deeper than util/index.ts, which is that folder's face",
  },
  {
    offence: "an import past a driver's index.ts",
    sources: { 'worker/work.ts': `import '../drivers/redis/client.ts';` },
    expected:
      "src/worker/work.ts:1: imports drivers/redis/client.ts, deeper than drivers/redis/index.ts, which is that folder's face",
  },
  {
    offence: 'a test that imports deep',
    sources: { 'worker/work.test.ts': `import '../util/time.ts';` },
    expected:
      "src/worker/work.test.ts:1: imports util/time.ts, deeper than util/index.ts, which is that folder's face",
  },
  {
    offence: 'two files that import each other',
    sources: {
      'app/a.ts': `import './b.ts';`,
      'app/b.ts': `import type { C } from './c.ts';`,
      'app/c.ts': `import './a.ts';`,
    },
    expected: 'src/app/a.ts:1: is part of a cycle: app/a.ts -> app/b.ts -> app/c.ts -> app/a.ts',
  },
  {
    offence: 'a file that imports itself',
    sources: { 'app/a.ts': `import './a.ts';` },
    expected: 'src/app/a.ts:1: is part of a cycle: app/a.ts -> app/a.ts',
  },
  {
    offence: "a file that imports its own folder's index.ts",
    sources: { 'worker/other.ts': `import './index.ts';` },
    expected:
      "src/worker/other.ts:1: imports its own folder's index.ts; import the file that is meant",
  },
  {
    offence: 'a file in a subfolder that imports the index.ts above it',
    sources: { 'worker/steps/step.ts': `import '../index.ts';` },
    expected:
      "src/worker/steps/step.ts:1: imports its own folder's index.ts; import the file that is meant",
  },
  {
    offence: 'an import of cli',
    sources: { 'worker/work.ts': `import '../cli/main.ts';` },
    expected: 'src/worker/work.ts:1: imports cli; nothing imports cli',
  },
  {
    offence: 'cli in the public face',
    sources: { 'index.ts': `export * from './cli/main.ts';` },
    expected: 'src/index.ts:1: imports cli; nothing imports cli',
  },
  {
    offence: 'a deep import in the public face',
    sources: { 'index.ts': `export * from './app/celery.ts';` },
    expected:
      "src/index.ts:1: imports app/celery.ts, deeper than app/index.ts, which is that folder's face",
  },
  {
    offence: 'an import of the public face',
    sources: { 'worker/work.ts': `import '../index.ts';` },
    expected: 'src/worker/work.ts:1: imports src/index.ts, which is for users of the package only',
  },
  {
    offence: 'an import of the package by its name',
    sources: { 'worker/work.ts': `import { Celery } from 'celeriac';` },
    expected:
      "src/worker/work.ts:1: imports 'celeriac', the package itself; import the file that is meant",
  },
  {
    offence: 'an index.ts with logic',
    sources: { 'worker/index.ts': `export { work } from './work.ts';\nexport const two = 2;` },
    expected: 'src/worker/index.ts:2: an index.ts only re-exports; it holds no logic',
  },
  {
    offence: 'an unknown folder',
    sources: { 'helpers/help.ts': 'export const help = 1;' },
    expected:
      "src/helpers/help.ts:1: 'helpers' is not on the map of src; see CONTRIBUTING.md for the folders there are",
  },
  {
    offence: 'an unknown file beside the folders',
    sources: { 'constants.ts': 'export const one = 1;' },
    expected:
      "src/constants.ts:1: 'constants.ts' is not on the map of src; see CONTRIBUTING.md for the folders there are",
  },
  {
    offence: 'an import of an unknown folder',
    sources: {
      'helpers/index.ts': '',
      'worker/work.ts': `import '../helpers/index.ts';`,
    },
    expected: 'src/worker/work.ts:1: imports helpers, which is not on the map of src',
  },
  {
    offence: 'a concrete broker imported beside the registry',
    sources: { 'transports/index.ts': `export { redis } from './redis/redis.ts';` },
    expected:
      'src/transports/index.ts:1: names transports/redis; only transports/registry.ts does, with import()',
  },
  {
    offence: 'a concrete broker that the registry imports at once',
    sources: { 'transports/registry.ts': `import { redis } from './redis/redis.ts';` },
    expected:
      'src/transports/registry.ts:1: names transports/redis; only transports/registry.ts does, with import()',
  },
  {
    offence: 'an import from outside src',
    sources: { 'worker/work.ts': `import '../../test/support/waits.ts';` },
    expected:
      "src/worker/work.ts:1: imports '../../test/support/waits.ts' outside src, which is not in the package",
  },
  {
    offence: 'a relative import that does not end in .ts',
    sources: { 'cli/main.ts': `import './commands/purge.js';` },
    expected:
      "src/cli/main.ts:1: imports './commands/purge.js', which is no file; a relative import names one and ends in .ts",
  },
  {
    offence: 'a file that cannot be parsed',
    sources: { 'worker/work.ts': 'export const = 1;' },
    expected: expect.stringMatching(/^src\/worker\/work\.ts:1: cannot be parsed: /),
  },
])('$offence is an offence', ({ sources, expected }) => {
  const offences = checkLayers(treeOf({ ...clean, ...sources }));

  expect(offences).toContainEqual(expected);
});
