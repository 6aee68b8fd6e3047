import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startProgram } from '../support/process.ts';
import { runCli } from '../support/worker.ts';

const JITI = import.meta.resolve('jiti/register');
const PROGRAM = fileURLToPath(new URL('../fixtures/memory-program.ts', import.meta.url));
const TASKS = fileURLToPath(new URL('../fixtures/tasks.ts', import.meta.url));

test('a program with a worker of its own on memory gets its results, and ends by itself', async () => {
  const program = startProgram(process.execPath, ['--import', JITI, PROGRAM]);

  await program.waitForLine(/^results 3 7$/, 20_000);

  await expect(program.exited).resolves.toEqual({ code: 0, signal: null });
});

test.each([['worker'], ['call', 'fixture.add', '-a', '[1, 2]'], ['purge', '-f']])(
  'celeriac %s refuses a broker in memory',
  async (...command) => {
    const env = { CELERY_BROKER_URL: 'memory://', CELERY_RESULT_BACKEND: 'redis://' };
    const program = runCli(['-A', TASKS, ...command], env);

    await expect(program.exited).resolves.toEqual({ code: 2, signal: null });

    expect(program.stderr).toContain("the broker is 'memory://', which is seen by the program");
    expect(program.stderr).toContain(`'celeriac ${command[0]}' would find nothing there`);
  },
);
