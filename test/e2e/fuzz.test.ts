import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { regressions } from '../fuzz/regressions.ts';
import { MODES, Rig } from '../fuzz/rig.ts';
import { startProgram } from '../support/process.ts';

const SCRIPT = fileURLToPath(new URL('../../scripts/fuzz.mjs', import.meta.url));

async function fuzz(...args: string[]) {
  const program = startProgram(process.execPath, [SCRIPT, ...args]);
  const { code } = await program.exited;
  return { code, text: `${program.lines.join('\n')}\n${program.stderr}` };
}

test(
  '20,000 changed messages do a worker no harm, and none is lost',
  { timeout: 300_000 },
  async () => {
    const { code, text } = await fuzz('--seed', '1', '--runs', '20000');

    expect(text).toContain('20000 runs with seed 1');
    expect(code, text).toBe(0);
  },
);

test(
  '600 on a real Redis do not either, and nothing stays behind in its record of claims',
  { timeout: 120_000 },
  async () => {
    const { code, text } = await fuzz('--seed', '2', '--runs', '600', '--broker', 'redis');

    expect(text).toContain('600 runs with seed 2');
    expect(code, text).toBe(0);
  },
);

test.each([
  ['drop', 'was acked and did not run'],
  ['mute', 'its client waits for ever'],
  ['lose', 'lost'],
  ['throw', 'an error that nobody caught: Error: planted'],
])('a bug that was planted is found, with the message that shows it: %s', async (plant, what) => {
  const { code, text } = await fuzz('--seed', '1', '--runs', '1000', '--plant', plant);

  expect(code).toBe(1);
  expect(text).toMatch(/found with seed 1 in run \d+: /);
  expect(text).toContain(what);
  expect(text).toMatch(/payload: "/);
});

test('what was found once is not found again', async () => {
  for (const mode of MODES.keys()) {
    const rig = await Rig.open(mode);
    const problems = await rig.run(regressions.map(([, payload]) => payload));
    await rig.close();

    expect(problems).toEqual([]);
  }
});
