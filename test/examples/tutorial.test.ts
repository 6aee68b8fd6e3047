import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { type RunningProgram, startProgram } from '../support/process.ts';
import { startRedis } from '../support/redis.ts';
import { tempDir } from '../support/temp.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const cli = join(root, 'dist/cli/main.js');
const loader = join(root, 'node_modules/jiti/lib/jiti-cli.mjs');

/** Where programs and worker run, and what their environment says. */
interface Surroundings {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Nothing in the environment: everything goes through a file in the working directory. */
const embedded = async (): Promise<Surroundings> => ({
  cwd: tempDir(),
  env: { CELERY_BROKER_URL: undefined, CELERY_RESULT_BACKEND: undefined },
});

const onRedis = async (): Promise<Surroundings> => {
  const { url } = await startRedis();
  return { cwd: tempDir(), env: { CELERY_BROKER_URL: url, CELERY_RESULT_BACKEND: url } };
};

describe.each([
  ['the embedded file', embedded],
  ['Redis', onRedis],
])('the tutorial on %s', (_name, surroundings) => {
  let around: Surroundings;
  let worker: RunningProgram;

  /** Runs a program of the tutorial to its end. @returns its lines `<call> = <value>` by call. */
  async function run(file: string): Promise<Record<string, string>> {
    const program = startProgram(process.execPath, [loader, tutorial(file)], around);
    const { code } = await program.exited;
    if (code !== 0) throw new Error(`${file} ended with ${code}:\n${program.lines.join('\n')}`);
    const lines = program.stdout.trimEnd().split('\n');
    return Object.fromEntries(lines.map((line) => line.split(/ = (.*)/).slice(0, 2)));
  }

  beforeAll(async () => {
    around = await surroundings();
    const args = [cli, '-A', tutorial('worker.ts'), 'worker'];
    worker = startProgram(process.execPath, args, around);
    await worker.waitForLine(/ ready\b/, 20_000);
  });

  test('tut1: a task prints where it runs, and without a backend there is no result', async () => {
    const printed = await run('tut1.ts');

    expect(printed['result.get()']).toContain('no result backend configured');
    await worker.waitForLine(/^tut1\.add: 4 \+ 4 = 8$/, 5_000);
    await worker.waitForLine(/^tut1\.add: 4 \+ 5 = 9$/, 5_000);
  });

  test('tut2: every way to call a task brings its result', async () => {
    const printed = await run('tut2.ts');

    expect(printed).toEqual({
      'add.delay(4, 4)': '8',
      'sum.state()': 'SUCCESS',
      'mult.delay(4, 5)': '20',
      'mult.applyAsync([4, 5])': '20',
      'add with kwargs { x: 4, y: 6 }': '10',
      'add with [4] and kwargs { y: 7 }': '11',
      'mult with countdown': '24',
      'mult with eta': '28',
      'add with expires in seconds': '12',
      'add with expires as a Date': '13',
      'add with countdown and expires': '14',
      'add that expires before its countdown': expect.stringContaining('expired'),
    });
  });

  test('createPositions: the five positions are stored', async () => {
    expect(await run('createPositions.ts')).toEqual({
      pos_1: '100 at 0.99',
      pos_2: '100 at 0.91',
      pos_3: '100 at 0.85',
      pos_4: '100 at 0.96',
      pos_5: '100 at 0.79',
    });
  });

  test('positions: tasks read, log, check, and retry until the position is there', async () => {
    const printed = await run('positions.ts');

    expect(printed).toEqual({
      "getInitialPositionValue('pos_1')": '99',
      "getValueAtClose('pos_1', 0.95)": '95',
      "getValueAtClose1('pos_2', 0.95)": '95',
      "getValueAtClose('pos_6', 0.95)": expect.stringContaining("there is no position 'pos_6'"),
      "getInitialPositionValueChecked('pos_6')": 'null',
      "getValueAtCloseChecked('pos_1', null)": 'null',
      "getValueAtCloseChecked('pos_1', 0.95)": '95',
      "getValueAtCloseRetry('pos_5', 0.95), no pos_5": 'RETRY',
      'the same after createPositions()': '95',
    });
    await worker.waitForLine(/pos_2: 100 at 0\.95/, 5_000);
  });

  test('pnl: the P&Ls at a close of 0.95 are -4, 4, 10, -1 and 16', async () => {
    const printed = await run('pnl.ts');

    const pnls = [1, 2, 3, 4, 5].map((n) => Number(printed[`getPnl('pos_${n}', 0.95)`]));
    expect(pnls).toEqual([-4, 4, 10, -1, 16].map((pnl) => expect.closeTo(pnl, 9)));
    expect(printed).toMatchObject({ 'addPnl()': '0', 'addPnl(-4)': '-4', 'addPnl(-4, 10)': '6' });
  });

  test('canvas: a group and chains give results, parents and sums', async () => {
    const printed = await run('canvas.ts');

    const numbers = Object.entries(printed).map(([call, value]) => [
      call,
      value.split(',').map(Number),
    ]);
    expect(printed['group.ready()']).toBe('true');
    expect(Object.fromEntries(numbers)).toMatchObject({
      'group.get({ timeout: 1 })': [-4, 4, 10, -1, 16].map((pnl) => expect.closeTo(pnl, 9)),
      'total of the group': [expect.closeTo(25, 9)],
      'chain.get()': [expect.closeTo(-4, 9)],
      'chain.parent.get()': [expect.closeTo(95, 9)],
      'chain.parent.parent.get()': [expect.closeTo(99, 9)],
      'three P&Ls added up': [expect.closeTo(10, 9)],
    });
  });

  test('the worker stops on SIGTERM with exit code 0', async () => {
    worker.kill('SIGTERM');

    expect(await worker.exited).toEqual({ code: 0, signal: null });
  });
});

function tutorial(file: string): string {
  return join(root, 'examples/tutorial', file);
}
