import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { ModuleLoadError } from '../errors.ts';
import { describeLoadFailure } from './load-failure.ts';
import { loadModule } from './load-module.ts';

let folder: string;

// what translates TypeScript is itself loaded with the first module, which takes long on a busy machine
beforeAll(async () => {
  const first = mkdtempSync(join(tmpdir(), 'celeriac-load-'));
  writeFileSync(join(first, 'first.ts'), 'export const one: number = 1;');
  await loadModule('first.ts', first);
  rmSync(first, { recursive: true });
}, 60_000);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'celeriac-load-'));
  write('package.json', '{ "type": "module" }');
});

afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): void {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

async function failureOf(spec: string): Promise<string> {
  try {
    await loadModule(spec, folder);
  } catch (error) {
    if (error instanceof ModuleLoadError) return error.summary;
    throw error;
  }
  return 'loaded';
}

test('TypeScript is loaded with its names, parameters and top-level await', async () => {
  write('other.ts', 'export enum Kind { A, B }');
  write(
    'tasks.ts',
    `import { Kind } from './other.ts';
     type Point = { x: number };
     await Promise.resolve();
     export function move(point: Point, by: number = 2): number { return point.x + by; }
     export const kind: Kind = Kind.B;`,
  );

  const loaded = await loadModule('tasks', folder);

  expect(loaded.kind).toBe(1);
  expect((loaded.move as { name: string }).name).toBe('move');
  expect(String(loaded.move)).toMatch(/^function move\(point, by = 2\)/);
});

test.each([
  ['./tasks.ts', 'tasks.ts'],
  ['tasks.ts:app', 'tasks.ts'],
  ['tasks', 'tasks.mts'],
  ['tasks', 'tasks.js'],
  ['tasks', 'tasks.mjs'],
  ['deep/tasks', 'deep/tasks.ts'],
  ['./deep', 'deep/index.ts'],
])('%s finds %s', async (spec, file) => {
  write(file, 'export const found = true;');

  expect(await loadModule(spec, folder)).toMatchObject({ found: true });
});

test('a CommonJS file is loaded too', async () => {
  write('tasks.cjs', 'module.exports = { found: true };');

  expect(await loadModule('tasks', folder)).toMatchObject({ default: { found: true } });
});

test('a file is preferred to a folder, and TypeScript to JavaScript', async () => {
  write('tasks/index.ts', 'export const from = "folder";');
  write('tasks.js', 'export const from = "js";');
  write('tasks.ts', 'export const from = "ts";');

  expect(await loadModule('tasks', folder)).toMatchObject({ from: 'ts' });
});

test('a file that is not there is refused with what was tried and the nearest there is', async () => {
  write('tasks.ts', '');

  expect(await failureOf('taks')).toBe(
    `cannot load 'taks': no file 'taks' with one of the endings .ts .mts .cts .js .mjs .cjs in '${folder}', and no 'taks/index' with one; did you mean 'tasks'?`,
  );
  expect(await failureOf('taks.ts')).toBe(
    `cannot load 'taks.ts': no file 'taks.ts' in '${folder}'; did you mean 'tasks.ts'?`,
  );
});

test('a path through a file, or to what is no module, is refused', async () => {
  write('tasks.py', '');

  expect(await failureOf('tasks.py')).toContain('its name must end in one of .ts');
  expect(await failureOf('tasks.py/app')).toContain("no file 'app'");
});

test('a syntax error has its file, line and column, also in a file that is imported', async () => {
  write('broken.ts', 'const a = 1;\nexport const b = ;\n');
  write('a.ts', "import './broken.ts';");

  const place = 'broken.ts:2:17: SyntaxError: Unexpected token';
  expect(await failureOf('broken.ts')).toBe(`cannot load 'broken.ts': ${place}`);
  expect(await failureOf('a.ts')).toBe(`cannot load 'a.ts': ${place}`);
});

// Node's own import() is not reached from here, so the error is the one that it throws.
test('the place of a syntax error that Node throws is found in the file or in one that it imports', () => {
  write('broken.js', 'const a = 1;\nexport const b = ;\n');
  write('a.js', "import './broken.js';");
  const error = new SyntaxError("Unexpected token ';'");
  error.stack = `${error}\n    at compileSourceTextModule (node:internal/modules/esm/utils:346:16)`;

  const reasons = ['broken.js', 'a.js'].map((name) =>
    describeLoadFailure(error, join(folder, name), folder),
  );

  const reason = "broken.js:2:18: SyntaxError: Unexpected token ';'";
  expect(reasons).toEqual([reason, reason]);
});

test.each(['ts', 'js'])(
  'an error that a module throws has its place and its message (%s)',
  async (ending) => {
    write(`a.${ending}`, '\nfunction boom() {\n  throw new RangeError("too far");\n}\nboom();\n');

    const place = `a.${ending}:3:9`;
    expect(await failureOf(`a.${ending}`)).toBe(
      `cannot load 'a.${ending}': ${place}: RangeError: too far`,
    );
  },
);

test.each(['ts', 'js'])('an import that leads nowhere has its line (%s)', async (ending) => {
  write(`a.${ending}`, `import 'node:fs';\nimport { x } from './nowhere.js';\nexport { x };\n`);
  write(`b.${ending}`, "\n\nimport 'no-such-package-at-all';\n");

  expect(await failureOf(`a.${ending}`)).toMatch(
    /: a\.[tj]s:2: Error: Cannot find module '.*nowhere\.js'/,
  );
  expect(await failureOf(`b.${ending}`)).toMatch(
    /: b\.[tj]s:3: Error: Cannot find .*no-such-package-at-all/,
  );
});

test('what is thrown need not be an error', async () => {
  write('a.ts', 'throw "a text";');

  expect(await failureOf('a.ts')).toContain('a.ts: a value was thrown that is no error: a text');
});
