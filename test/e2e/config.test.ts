import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { tempDir } from '../support/temp.ts';
import { until } from '../support/waits.ts';
import { runCli } from '../support/worker.ts';

const folder = tempDir();
const broker = `sqlite:${join(folder, 'broker.db')}`;
const nothing = { CELERY_BROKER_URL: undefined, CELERY_RESULT_BACKEND: undefined };

beforeAll(() => {
  write('package.json', '{ "type": "module" }');
  write('celeryconfig.ts', "export const task_default_queue: string = 'shared';");
  write('prod.js', "export const result_expires = 50; export const task_default_queue = 'prod';");
  // tells what it sees where it runs, in a file: results are off, as the program says
  write(
    'tasks.ts',
    `import { writeFileSync } from 'node:fs';
     import { isMainThread } from 'node:worker_threads';
     import { Celery } from 'celeriac';
     export const app = new Celery('conf', { config: './celeryconfig.ts', backend: null });
     app.task(function look(file: string) {
       const { resultBackend, taskDefaultQueue, taskAcksLate, resultExpires } = app.settings;
       const seen = { isMainThread, resultBackend, taskDefaultQueue, taskAcksLate, resultExpires };
       writeFileSync(file, JSON.stringify(seen));
     });`,
  );
});

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

async function run(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const program = runCli(['--workdir', folder, ...args], { ...nothing, ...env });
  const { code } = await program.exited;
  return { code, stdout: program.stdout, stderr: program.stderr };
}

/** What `celeriac config --json` says, by name. */
async function settingsOf(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { stdout, stderr, code } = await run([...args, 'config', '--json'], env);
  expect([code, stderr]).toEqual([0, '']);
  const settings: { name: string; value: unknown; from: string }[] = JSON.parse(stdout);
  return new Map(settings.map(({ name, value, from }) => [name, [value, from]]));
}

test('celeriac config tells for each setting what it is and who said so', async () => {
  const env = { CELERY_CONFIG_MODULE: 'prod', CELERIAC_TASK_ACKS_LATE: 'no' };

  const settings = await settingsOf(
    ['-A', 'tasks', '-b', broker, '--set', 'task_ignore_result=1'],
    env,
  );

  expect(Object.fromEntries(settings)).toMatchObject({
    brokerUrl: [broker, 'command line'],
    taskIgnoreResult: [true, 'command line'],
    taskAcksLate: [false, 'CELERIAC_TASK_ACKS_LATE'],
    resultBackend: [null, 'program'],
    resultExpires: [50, 'prod'],
    taskDefaultQueue: ['prod', 'prod'],
    workerShutdownTimeout: [25, 'default'],
  });
});

test('--config is stronger than CELERY_CONFIG_MODULE', async () => {
  const env = { CELERY_CONFIG_MODULE: './nowhere.js' };

  const settings = await settingsOf(['-A', 'tasks', '--config', './prod.js'], env);

  expect(settings.get('resultExpires')).toEqual([50, './prod.js']);
});

test('a settings module that is not there is told in one line', async () => {
  const { code, stdout, stderr } = await run(['--config', './prood.js', 'config']);

  expect(stderr).toMatch(
    /^error: cannot load '\.\/prood\.js': no file .*did you mean 'prod\.js'\?/,
  );
  expect([code, stdout, stderr.trimEnd().split('\n').length]).toEqual([1, '', 1]);
});

test('executors in threads of their own have the settings of the command line', async () => {
  const backend = `sqlite:${join(folder, 'results.db')}`;
  const flags = ['-A', 'tasks.ts', '-b', broker, '--config', './prod.js'];
  const more = ['--result-backend', backend, '--set', 'taskAcksLate=false'];
  const file = join(folder, 'seen.json');
  const worker = runCli(['--workdir', folder, ...flags, ...more, 'worker'], nothing);
  await worker.waitForLine(/ready/, 20_000);

  const sent = await run([
    ...flags,
    ...more,
    'call',
    'conf.look',
    '--args',
    JSON.stringify([file]),
  ]);
  const id = sent.stdout.trim();
  await until(async () => (await run([...flags, ...more, 'result', id])).code === 0, {
    ...{ deadlineMs: 20_000, what: 'the result, in the store that the command line names' },
  });
  await worker.stop();

  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
    ...{ isMainThread: false, resultBackend: backend, taskDefaultQueue: 'prod' },
    ...{ taskAcksLate: false, resultExpires: 50 },
  });
});
