import { beforeAll, expect, test } from 'vitest';
import { promisedBy, readPage } from '../support/pages.ts';
import type { RunningProgram } from '../support/process.ts';
import { outputOf, Project, stopped } from '../support/project.ts';
import { useRedis } from '../support/redis.ts';

const { files, commands, nameless } = readPage('README.md');
const noSettings = { CELERY_BROKER_URL: undefined, CELERY_RESULT_BACKEND: undefined };

const redis = useRedis();
let project: Project;

beforeAll(() => {
  project = new Project(files);
});

test('its files compile under strict', async () => {
  const sources = [...files.keys()].filter((name) => name.endsWith('.ts'));

  expect(nameless).toEqual([]);
  expect(await project.compile(sources)).toBe('');
});

test('its first task runs with its two commands and nothing else', async () => {
  const worker = run('npx celeriac -A tasks worker', noSettings);
  await worker.waitForLine(/ ready\b/, 20_000);

  const printed = await outputOf(run('npx jiti send.ts', noSettings));

  expect(printed).toEqual(promised('send.ts'));
  expect(await stopped(worker)).toBe(0);
});

test('the same files run on Redis by the environment alone, canvas and all', async () => {
  const env = exported();
  const worker = run('npx celeriac -A tasks worker', env);
  await worker.waitForLine(/ ready\b/, 20_000);

  const sent = await outputOf(run('npx jiti send.ts', env));
  const canvas = await outputOf(project.run('npx jiti canvas.ts', env));

  expect(sent).toEqual(promised('send.ts'));
  expect(canvas).toEqual(promised('canvas.ts'));
  expect(await redis().cli('KEYS', 'celery-task-meta-*')).not.toBe('');
});

test('Python and TypeScript call each other', async () => {
  const env = { ...exported(), C_FORCE_ROOT: '1', PYTHONUNBUFFERED: '1' };
  const theirs = run('celery -A prices worker -l INFO', env);
  const ours = run('npx celeriac -A tasks worker', env);
  await Promise.all([theirs.waitForLine(/ ready\b/, 30_000), ours.waitForLine(/ ready\b/, 30_000)]);

  const toPython = await outputOf(project.run('npx jiti ask-python.ts', env));
  const toTypeScript = await outputOf(project.run('python ask_typescript.py', env));

  expect(toPython).toEqual(promised('ask-python.ts'));
  expect(toTypeScript).toEqual(promised('ask_typescript.py'));
});

test('its bound task loads in a worker', async () => {
  const worker = project.run('npx celeriac -A fetching worker', noSettings);

  await worker.waitForLine(/ ready\b/, 20_000);

  expect(await stopped(worker)).toBe(0);
});

/** What one of the README's files says that it prints. */
function promised(name: string): string[] {
  return promisedBy(files.get(name) ?? '');
}

/** Runs one of the README's commands. */
function run(command: string, env: NodeJS.ProcessEnv): RunningProgram {
  expect(commands).toContain(command);
  return project.run(command, env);
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
