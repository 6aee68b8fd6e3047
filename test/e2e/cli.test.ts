import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { tempDir } from '../support/temp.ts';
import { runCli } from '../support/worker.ts';

const folder = tempDir();
const embedded = { CELERY_BROKER_URL: `sqlite:${join(folder, 'broker.db')}` };

function write(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}

/** Runs a command line in the folder to its end. */
async function run(args: readonly string[], env: NodeJS.ProcessEnv = embedded) {
  const program = runCli(['--workdir', folder, ...args], {
    ...{ CELERY_BROKER_URL: undefined, CELERY_RESULT_BACKEND: undefined },
    ...env,
  });
  const { code } = await program.exited;
  return { code, stdout: program.stdout, stderr: program.stderr };
}

const app = `import { Celery } from 'celeriac';\nexport const app = new Celery('cli');\n`;

describe('a module that does not load is told in one line', () => {
  write('package.json', '{ "type": "module" }');
  write('broken.js', 'const a = 1;\nexport const b = ;\n');

  test.each([
    ['syntax.ts', 'const a = 1;\nexport const b = ;\n', /: syntax\.ts:2:17: SyntaxError: /],
    ['syntax.js', 'const a = 1;\nexport const b = ;\n', /: syntax\.js:2:18: SyntaxError: /],
    ['imports.js', "import './broken.js';", /: broken\.js:2:18: SyntaxError: /],
    [
      'throws.ts',
      '\n\nthrow new Error("boom");',
      /: throws\.ts:3:7: Error: boom \(celeriac\/docs\/errors\.md#module_load_failed\)$/m,
    ],
    [
      'throws.js',
      '\n\nthrow new Error("boom");',
      /: throws\.js:3:7: Error: boom \(celeriac\/docs\/errors\.md#module_load_failed\)$/m,
    ],
    ['missing.ts', "\nimport './nowhere.ts';", /: missing\.ts:2: Error: Cannot find module/],
    ['missing.js', "\nimport './nowhere.js';", /: missing\.js:2: Error: Cannot find module/],
    ['name.js', "import { b } from 'node:fs';", /: name\.js:1: SyntaxError: .* named 'b'/],
    ['empty.ts', 'export const five = 5;', /no Celery instance .* 'empty\.ts', which has 'five'/],
  ])('%s', async (name, text, problem) => {
    const { code, stdout, stderr } = await run(['-A', write(name, text), 'worker']);

    expect(stderr).toMatch(problem);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect([code, stdout]).toEqual([1, '']);
  });
});

test("a TypeScript module's package is the one that runs, whatever the project has installed", async () => {
  const module = write('same.ts', `${app}app.task(function add(a: number) { return a; });\n`);

  const { code, stdout } = await run(['-A', module, 'report', '--json']);

  expect(code).toBe(0);
  expect(JSON.parse(stdout).apps).toMatchObject([{ name: 'cli', tasks: ['cli.add'] }]);
});

test('a module that keeps the process busy does not keep a command from ending', async () => {
  const module = write('busy.ts', `${app}setInterval(() => {}, 1000);\n`);

  expect(await run(['-A', module, 'purge', '-f'])).toMatchObject({
    ...{ code: 0, stdout: 'celery: 0 deleted\n', stderr: '' },
  });
});

test('settings that cannot be used are refused with all problems, and no password', async () => {
  const module = write(
    'bad.ts',
    `import { Celery } from 'celeriac';
     export const app = new Celery('x', { taskAckLate: true, broker: 'amqp://u:canary@h' } as object);`,
  );

  const { code, stderr } = await run(['-A', module, 'worker'], {});

  expect(code).toBe(2);
  expect(stderr).toContain("unknown setting 'taskAckLate'; did you mean 'taskAcksLate'?");
  expect(stderr).toContain("'broker' is 'amqp://u:***@h'");
  expect(stderr).not.toContain('canary');
});

test('a worker that waits for its broker ends at once when it is told to', async () => {
  const module = write('waits.ts', app);
  const worker = runCli(['--workdir', folder, '-A', module, 'worker'], {
    CELERY_BROKER_URL: 'redis://:canary@127.0.0.1:1/0',
  });
  await worker.waitForLine(/cannot reach/, 20_000);

  worker.kill('SIGTERM');

  expect(await worker.exited).toEqual({ code: 0, signal: null });
  expect(worker.stderr).not.toContain('canary');
});
