import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ModuleLoadError } from '../errors.ts';
import { Celery } from './celery.ts';
import { discoverModules } from './discover-modules.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'celeriac-modules-'));
  write('package.json', '{ "type": "module" }');
});

afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, text = 'export {};'): string {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

describe('places to look for task modules', () => {
  const files = ['src/a/tasks.ts', 'src/b/tasks/index.js', 'src/c/jobs.ts', 'src/d/index.mts'];
  const look = (places: Parameters<typeof discoverModules>[0]['places'], relatedName = 'tasks') =>
    discoverModules({ places, relatedName }, folder);

  beforeEach(() => {
    for (const file of files) write(file);
    write('src/a/deep/tasks.ts');
    write('src/a/tasks.d.ts');
    write('node_modules/lib/tasks.ts');
  });

  test.each([
    ['folders in their order', ['src/b', 'src/a'], ['src/b/tasks/index.js', 'src/a/tasks.ts']],
    ['a folder alone', 'src/a', ['src/a/tasks.ts']],
    ['a file', 'src/c/jobs.ts', ['src/c/jobs.ts']],
    ['folders by a pattern', 'src/*', ['src/a/tasks.ts', 'src/b/tasks/index.js']],
    ['files by a pattern', '**/tasks.ts', ['src/a/deep/tasks.ts', 'src/a/tasks.ts']],
    ['several endings', 'src/*/{tasks,jobs}.{ts,js}', ['src/a/tasks.ts', 'src/c/jobs.ts']],
    ['what is found twice, once', ['src/a', 'src/*/tasks.ts'], ['src/a/tasks.ts']],
    ['what a function gives', () => ['src/a'], ['src/a/tasks.ts']],
  ])('are %s', async (_what, places, found) => {
    expect(await look(places)).toEqual(found);
  });

  test('have a module of another name, or their index file', async () => {
    expect(await look('src/*', 'jobs')).toEqual(['src/c/jobs.ts']);
    expect(await discoverModules({ places: 'src/*', relatedName: null }, folder)).toEqual([
      'src/d/index.mts',
    ]);
  });

  test.each([
    ['src/ab', "no folder 'ab' in"],
    ['srk', "did you mean 'src'?"],
    ['src/*/task.ts', 'no file in'],
    ['lib/*', "fits 'lib/*'"],
  ])("that are not there are refused: '%s'", async (place, message) => {
    await expect(look(place)).rejects.toThrow(ModuleLoadError);
    await expect(look(place)).rejects.toThrow(message);
  });
});

describe('the task modules of an app', () => {
  /** Modules of this process note here that they were evaluated. */
  const log: string[] = [];
  Object.assign(globalThis, { taskModuleLog: log });
  const note = (name: string) =>
    `globalThis.taskModuleLog.push('${name}'); export const x: number = 1;`;

  beforeEach(() => void log.splice(0));

  test('are loaded once and in order: imports, include, what is given, what is found', async () => {
    const [a, b, c, d] = ['a.ts', 'b.ts', 'c.ts', 'found/tasks.ts'].map((name) =>
      write(name, note(name)),
    );
    write('b.ts', `import './d.ts'; ${note('b.ts')}`);
    write('d.ts', note('d.ts'));
    const app = new Celery('x', { imports: [String(a)], include: [String(b), String(a)] });
    app.autodiscoverTasks([dirname(String(d)), join(folder, 'd.ts')]);

    await app.importDefaultModules({ include: [String(c)] });
    await app.importDefaultModules();

    expect(log).toEqual(['a.ts', 'd.ts', 'b.ts', 'c.ts', 'found/tasks.ts']);
  }, 20_000); // five modules are translated

  test('may look for more', async () => {
    const more = write('more/tasks.ts', note('more'));
    const app = new Celery('x');
    Object.assign(globalThis, { taskModuleApp: app });
    write(
      'a/tasks.ts',
      `globalThis.taskModuleApp.autodiscoverTasks('${dirname(more)}'); export {};`,
    );
    app.autodiscoverTasks(join(folder, 'a'));

    await app.importDefaultModules();

    expect(log).toEqual(['more']);
  });

  test('that fail name their file; that are not there are refused', async () => {
    write('bad/tasks.ts', '\nthrow new RangeError("too far");');
    const app = new Celery('x');
    app.autodiscoverTasks(join(folder, 'bad'));
    const missing = new Celery('x', { imports: [join(folder, 'nowhere')] });

    await expect(app.importDefaultModules()).rejects.toThrow(
      'bad/tasks.ts:2:7: RangeError: too far',
    );
    await expect(missing.importDefaultModules()).rejects.toThrow("nowhere': no file 'nowhere'");
  });
});
