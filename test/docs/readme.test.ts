import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { type RunningProgram, startProgram } from '../support/process.ts';
import { useRedis } from '../support/redis.ts';
import { tempDir } from '../support/temp.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const python = '/usr/bin/python3';
const noSettings = { CELERY_BROKER_URL: undefined, CELERY_RESULT_BACKEND: undefined };

const redis = useRedis();
let folder: string;

/** The README's files, by the name in their first line. */
const files = new Map(
  blocksOf(['ts', 'python']).flatMap((text) => {
    const name = /^(?:\/\/|#) (\S+)\n/.exec(text)?.[1];
    return name ? [[name, text]] : [];
  }),
);

/** The README's commands, line by line. */
const commands = blocksOf(['sh']).flatMap((text) => text.trimEnd().split('\n'));

/** A project that has celeriac installed, and the README's files. */
beforeAll(() => {
  folder = tempDir();
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true });
  symlinkSync(root, join(folder, 'node_modules/celeriac'));
  symlinkSync(join(root, 'dist/cli/main.js'), join(folder, 'node_modules/.bin/celeriac'));
  symlinkSync(join(root, 'node_modules/.bin/jiti'), join(folder, 'node_modules/.bin/jiti'));
  writeFileSync(join(folder, 'package.json'), '{ "dependencies": { "celeriac": "*" } }');
  for (const [name, text] of files) writeFileSync(join(folder, name), text);
});

test('its files compile under strict', async () => {
  const compiler = join(root, 'node_modules/.bin/tsc');
  const sources = [...files.keys()].filter((name) => name.endsWith('.ts'));
  // biome-ignore format: a command line
  const options = ['--noEmit', '--strict', '--target', 'es2023', '--module', 'preserve', '--skipLibCheck',
    '--allowImportingTsExtensions', '--moduleDetection', 'force', '--typeRoots', join(root, 'node_modules/@types'), '--types', 'node'];

  const compiling = startProgram(compiler, [...options, ...sources], { cwd: folder });
  const ending = await compiling.exited;

  expect(compiling.stdout).toBe('');
  expect(ending.code).toBe(0);
});

test('its first task runs with its two commands and nothing else', async () => {
  const worker = run('npx celeriac -A tasks worker', noSettings);
  await worker.waitForLine(/ ready\b/, 20_000);

  const printed = await outputOf(run('npx jiti send.ts', noSettings));

  expect(printed).toEqual(promisedBy('send.ts'));
  expect(await stopped(worker)).toBe(0);
});

test('the same files run on Redis by the environment alone, canvas and all', async () => {
  const env = exported();
  const worker = run('npx celeriac -A tasks worker', env);
  await worker.waitForLine(/ ready\b/, 20_000);

  const sent = await outputOf(run('npx jiti send.ts', env));
  const canvas = await outputOf(start('node_modules/.bin/jiti', ['canvas.ts'], env));

  expect(sent).toEqual(promisedBy('send.ts'));
  expect(canvas).toEqual(promisedBy('canvas.ts'));
  expect(await redis().cli('KEYS', 'celery-task-meta-*')).not.toBe('');
});

test('Python and TypeScript call each other', async () => {
  const env = { ...exported(), C_FORCE_ROOT: '1', PYTHONUNBUFFERED: '1' };
  const theirs = run('celery -A prices worker -l INFO', env);
  const ours = run('npx celeriac -A tasks worker', env);
  await Promise.all([theirs.waitForLine(/ ready\b/, 30_000), ours.waitForLine(/ ready\b/, 30_000)]);

  const toPython = await outputOf(start('node_modules/.bin/jiti', ['ask-python.ts'], env));
  const toTypeScript = await outputOf(start(python, ['ask_typescript.py'], env));

  expect(toPython).toEqual(promisedBy('ask-python.ts'));
  expect(toTypeScript).toEqual(promisedBy('ask_typescript.py'));
});

test('its bound task loads in a worker', async () => {
  const worker = start('node_modules/.bin/celeriac', ['-A', 'fetching', 'worker'], noSettings);

  await worker.waitForLine(/ ready\b/, 20_000);

  expect(await stopped(worker)).toBe(0);
});

/** The fenced blocks in these languages, in order. */
function blocksOf(languages: readonly string[]): string[] {
  const fence = new RegExp(`^\`\`\`(?:${languages.join('|')})\\n([\\s\\S]*?)^\`\`\`$`, 'gm');
  return [...readme.matchAll(fence)].map(([, text = '']) => text);
}

/** What a file says that it prints: the comments behind its lines. */
function promisedBy(name: string): string[] {
  const text = files.get(name) ?? '';
  return [
    ...text.matchAll(/^(?:console\.log|print)\(.*\); \/\/ (.+)$|^print\(.*\) {2}# (.+)$/gm),
  ].map(([, typescript, pythons]) => typescript ?? pythons ?? '');
}

/** Runs one of the README's commands, without npx, so that signals reach the program itself. */
function run(command: string, env: NodeJS.ProcessEnv): RunningProgram {
  expect(commands).toContain(command);
  const [first = '', ...args] = command.split(' ');
  if (first === 'celery') return start(python, ['-m', 'celery', ...args], env);
  const [program = '', ...others] = args;
  return start(`node_modules/.bin/${program}`, others, env);
}

function start(program: string, args: readonly string[], env: NodeJS.ProcessEnv): RunningProgram {
  const path = program.startsWith('/') ? program : join(folder, program);
  return startProgram(path, args, { cwd: folder, env });
}

/** The environment of the README's `export` lines, at the test's own Redis. */
function exported(): NodeJS.ProcessEnv {
  const lines = commands.filter((line) => line.startsWith('export '));
  return Object.fromEntries(
    lines.map((line) => {
      const [name = '', url = ''] = line.replace('export ', '').split('=');
      return [name, url.replace('redis://localhost', redis().url)];
    }),
  );
}

async function outputOf(program: RunningProgram): Promise<string[]> {
  const { code } = await program.exited;
  if (code !== 0) throw new Error(`it ended with ${code}:\n${program.lines.join('\n')}`);
  return program.stdout.trimEnd().split('\n');
}

async function stopped(worker: RunningProgram): Promise<number | null> {
  worker.kill('SIGTERM');
  return (await worker.exited).code;
}
