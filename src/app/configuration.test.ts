import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CeleriacError } from '../errors.ts';
import { Celery } from './celery.ts';
import { Configuration } from './configuration.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'celeriac-config-'));
  write('package.json', '{ "type": "module" }');
});

afterEach(() => rmSync(folder, { recursive: true }));

/** @returns the file's whole path. */
function write(name: string, text: string): string {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

function expiresOf(config: string | object, env: NodeJS.ProcessEnv = {}): number {
  const configuration = new Configuration({}, env);
  configuration.configure(config);
  return configuration.settings.resultExpires;
}

function failureOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof CeleriacError) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'no failure';
}

test.each([
  ['config.ts', 'export const result_expires: number = 5; export enum _Kind { A }'],
  ['config.mts', 'export const resultExpires = 5;'],
  ['config.js', 'export const resultExpires = 5;'],
  ['config.mjs', 'export default { resultExpires: 5 };'],
  ['config.cjs', 'module.exports = { result_expires: 5 };'],
  ['config.ts', "import { day } from './day.ts'; export const resultExpires = day;"],
  ['config.json', '{ "result_expires": 5 }'],
])('settings are read at once from %s: %s', (name, text) => {
  write('day.ts', 'export const day = 5;');

  expect(expiresOf(write(name, text))).toBe(5);
});

test('a path without an ending finds the module, and one with a name means that export', () => {
  write('config.ts', 'export const production = { resultExpires: 6 };');
  write('other/index.js', 'export const resultExpires = 7;');

  expect(expiresOf(`${folder}/config:production`)).toBe(6);
  expect(expiresOf(`${folder}/other`)).toBe(7);
});

test('objects, classes and whole modules hold settings', () => {
  const Settings = class {
    static resultExpires = 6;
    fromHere = true;
  };

  expect(expiresOf({ resultExpires: 5 })).toBe(5);
  expect(expiresOf(Settings)).toBe(6);
  expect(expiresOf({ default: { resultExpires: 7 } })).toBe(7);
});

test('an app is configured when it is made or right after, and says where its settings are from', () => {
  const file = write('celeryconfig.ts', 'export const resultExpires = 5;');
  const made = new Celery('a', { config: file, taskDefaultQueue: 'q' });
  const later = new Celery('b', { resultExpires: 8 });
  later.configFromObject({ CELERY_TASK_ACKS_LATE: false, DEBUG: 1 }, { namespace: 'CELERY' });

  expect(made.settings).toMatchObject({ resultExpires: 5, taskDefaultQueue: 'q' });
  expect(later.settings).toMatchObject({ resultExpires: 8, taskAcksLate: false });
  expect(made.explainSettings()).toContainEqual({
    name: 'resultExpires',
    value: 5,
    unit: 'seconds',
    origin: { kind: 'config', text: file },
  });
});

test('CELERY_CONFIG_MODULE is stronger than the config of the program, setting by setting', () => {
  const env = { CELERY_CONFIG_MODULE: write('prod.ts', 'export const resultExpires = 5;') };
  const configuration = new Configuration({ taskDefaultQueue: 'q' }, env);
  configuration.configure({ resultExpires: 6, task_default_queue: 'r', task_acks_late: false });

  expect(configuration.settings).toMatchObject({
    ...{ resultExpires: 5, taskDefaultQueue: 'q', taskAcksLate: false },
  });
});

test('a later config takes the place of an earlier one', () => {
  const configuration = new Configuration({}, {});
  configuration.configure({ resultExpires: 5, taskAcksLate: false });
  configuration.configure({ resultExpires: 6 });

  expect(configuration.settings).toMatchObject({ resultExpires: 6, taskAcksLate: true });
});

test.each(['settings', 'explainSettings'] as const)(
  'once %s were read, configuring is refused',
  (read) => {
    const app = new Celery('a');
    void (read === 'settings' ? app.settings : app.explainSettings());

    const failure = failureOf(() => app.configFromObject({ resultExpires: 5 }));

    expect(failure).toContain("CONFIG_INVALID this app's settings were read already");
    expect(Object.isFrozen(app.settings)).toBe(true);
  },
);

test.each([undefined, null, 5, ''])('%j is no config', (config) => {
  const failure = failureOf(() => new Configuration({}, {}).configure(config));

  expect(failure).toContain(
    "must be an object or the path of a module such as './celeryconfig.ts'",
  );
});

test.each(['ts', 'js'])(
  'a top-level await is refused, as settings are read at once (%s)',
  (ending) => {
    const file = write(
      `config.${ending}`,
      'export const resultExpires = await Promise.resolve(5);',
    );

    expect(failureOf(() => expiresOf(file))).toContain(
      `MODULE_LOAD_FAILED cannot load '${file}': it, or what it imports, has a top-level await`,
    );
  },
);

test('a module that is not there is refused with the nearest there is', () => {
  write('celeryconfig.json', '{}');

  expect(failureOf(() => expiresOf(`${folder}/celerycomfig`))).toContain(
    "did you mean 'celeryconfig'?",
  );
  expect(failureOf(() => expiresOf(`${folder}/x`))).toContain('see --config and --workdir');
});

test.each([
  ['bad.ts', 'const a = 1;\nexport const b = ;', ':2:17: SyntaxError'],
  ['list.json', '5', 'it must hold a JSON object'],
  ['bad.json', '{ "resultExpires": }', 'it is not valid JSON'],
  ['throws.ts', '\nthrow new RangeError("far");', ':2:7: RangeError: far'],
  ['missing.js', "import './nowhere.js';", 'missing.js:1: Error: Cannot find module'],
])('what is wrong in %s is told with its place', (name, text, failure) => {
  const file = write(name, text);

  expect(failureOf(() => expiresOf(file))).toContain(failure);
});

test('an export that is not there, or no object, is refused', () => {
  const file = write('config.ts', 'export const production = {}; export const n = 5;');

  expect(failureOf(() => expiresOf(`${file}:prodution`))).toContain(
    `did you mean '${file}:production'?`,
  );
  expect(failureOf(() => expiresOf(`${file}:n`))).toContain(`'n' of '${file}' is no object`);
});
