import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startProgram } from '../support/process.ts';
import { tempDir } from '../support/temp.ts';

/** One case that only processes and one that awaits its answers. */
const CASES = ['process-stored', 'end-to-end'];

/** Runs the bench with few tasks. @returns how it ended and what it wrote. */
async function runBench(cases: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const out = join(tempDir(), 'results.json');
  const args = ['scripts/bench.mjs', '--quick', '--tasks', '200', '--out', out, ...cases];
  const program = startProgram(process.execPath, args, { env });
  const { code } = await program.exited;
  return { code, program, results: JSON.parse(readFileSync(out, 'utf8')) };
}

test('the bench measures both sides and finds every task run once with its result', async () => {
  const { code, program, results } = await runBench(CASES);

  expect(program.stderr).toBe('');
  expect(code).toBe(0);
  expect(results.compared).toMatchObject(
    CASES.map((name) => ({
      case: name,
      ratio: expect.any(Number),
      compared: [{ who: 'celeriac' }, { who: 'BullMQ' }],
    })),
  );
  expect(program.stdout).toMatch(
    /process, results stored +tasks\/s +[\d,.]+ +[\d,.]+ +[\d.]+ +1\.50 /,
  );
});

test('the bench fails when an execution is missing from the count', async () => {
  const { code, program } = await runBench(['process-stored'], { BENCH_FAULT: 'miscount' });

  expect(code).toBe(1);
  expect(program.stderr).toMatch(
    /FAIL process-stored: the executions: of 200 sums [12] are missing/,
  );
});
