import { join } from 'node:path';
import { Celery } from 'celeriac';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunningProgram } from '../support/process.ts';
import { outputOf, Project, stopped } from '../support/project.ts';

const app = `
import 'lib';
import { Celery } from 'celeriac';
import { helper } from './helper.ts';
export const app = new Celery('shop', { imports: ['jobs/mail'] });
export const other = new Celery('other');
app.autodiscoverTasks('src/*');
export const direct = app.task(function direct() { return helper; });
`;

/** A module that defines one task, named for the file's subject. */
const tasksOf = (name: string, path: string) => `
import { app } from '${path}';
export const task = app.task(function ${name}(text: string) { return '${name} ' + text; });
`;

const lib = `
import { currentApp, sharedTask } from 'celeriac';
export const ping = sharedTask({ name: 'lib.ping' }, async (text) => currentApp().name + ' ' + text);
export const relay = sharedTask({ name: 'lib.relay' }, async (text) => {
  return (await ping.delay(text)).id;
});
`;

const files = new Map([
  ['app.ts', app],
  ['helper.ts', "import './app.ts';\nexport const helper: string = 'helped';"],
  ['jobs/mail.ts', tasksOf('mail', '../app.ts')],
  ['src/orders/tasks.ts', tasksOf('pay', '../../app.ts')],
  ['src/stock/tasks/index.ts', tasksOf('fill', '../../../app.ts')],
  ['src/empty/notes.ts', 'throw new Error("not a task module");'],
  ['extra.ts', tasksOf('extra', './app.ts')],
  ['node_modules/lib/package.json', '{ "name": "lib", "type": "module", "main": "index.js" }'],
  ['node_modules/lib/index.js', lib],
]);

describe.each(['threads', 'solo'])('a worker of the pool %s', (pool) => {
  const project = new Project(files);
  const url = `sqlite:${join(project.folder, 'celeriac.db')}`;
  const env = { CELERY_BROKER_URL: url, CELERY_RESULT_BACKEND: url };
  let worker: RunningProgram;
  let client: Celery;
  const call = async (name: string, args: unknown[]) => {
    const result = await client.sendTask(name, args);
    return result.get({ timeout: 20 });
  };

  beforeAll(async () => {
    worker = project.run(
      `npx celeriac -A app.ts worker -P ${pool} -c ${pool === 'solo' ? 1 : 2} -I extra`,
      env,
    );
    await worker.waitForLine(/ready/, 30_000);
    client = new Celery('client', { broker: url, backend: url });
  });
  afterAll(async () => {
    await client.close();
    expect(await stopped(worker)).toBe(0);
  });

  test.each(['mail', 'pay', 'fill', 'extra'])(
    'runs the task %s of a module it looked for',
    async (name) => {
      expect(await call(`shop.${name}`, ['text'])).toBe(`${name} text`);
    },
  );

  test('runs the tasks of the module of -A', async () => {
    expect(await call('shop.direct', [])).toBe('helped');
  });

  test("runs a library's shared task, for its first app", async () => {
    expect(await call('lib.ping', ['hello'])).toBe('shop hello');
  });

  test('lets a shared task send another one through its app', async () => {
    const id = await call('lib.relay', ['hello']);

    expect(await client.asyncResult(String(id)).get({ timeout: 20 })).toBe('shop hello');
  });
});

test('commands know the task modules, and say which of them cannot be loaded', async () => {
  const project = new Project(files);
  const report = await outputOf(project.run('npx celeriac -A app.ts report', {}));
  project.write('src/stock/tasks/index.ts', '\n  throw new RangeError("no stock");');
  const broken = project.run('npx celeriac -A app.ts report', {});

  expect(report.map((line) => line.trim())).toEqual(
    expect.arrayContaining(['shop.mail', 'shop.fill']),
  );
  expect((await broken.exited).code).toBe(1);
  expect(broken.stderr).toContain('index.ts:2:7: RangeError: no stock');
});

test('a module in TypeScript registers on the very app of a module in JavaScript that looks for it', async () => {
  const main = app
    .replace("import 'lib';", '')
    .replace("import { helper } from './helper.ts';", 'const helper = 1;');
  const project = new Project(
    new Map([
      ['app.js', main],
      ['jobs/mail.ts', tasksOf('mail', '../app.js')],
      ['src/orders/tasks.js', "import { app } from '../../app.js';\napp.task(function pay() {});"],
    ]),
  );

  const report = await outputOf(project.run('npx celeriac -A app.js report', {}));

  const tasks = report.map((line) => line.trim()).filter((line) => line.startsWith('shop.'));
  expect(tasks).toEqual(['shop.direct', 'shop.mail', 'shop.pay']);
});
