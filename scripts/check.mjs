import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuilt, ensureInstalled, rootDir } from './setup.mjs';
import { main, runStep } from './steps.mjs';

// biome colours a pipe too, unless told
const COLORS = process.stdout.isTTY ? '--colors=force' : '--colors=off';

/** Everything that needs no server, fastest to fail first; npm test starts with it. */
const steps = [
  ['format and lint', bin('biome'), ['ci', '--max-diagnostics=50', COLORS, '.']],
  ['layers', process.execPath, ['scripts/check-layers.mjs']],
  ['types', bin('tsc'), ['--noEmit', '-p', 'tsconfig.json']],
  ['type tests', bin('tsc'), ['--noEmit', '-p', 'test/types/tsconfig.json']],
  ['unit tests', bin('vitest'), ['run', '--project', 'unit']],
];
const VITEST_SUMMARY = /^\s*(Test Files|Tests)\s/;

/** Runs the steps one after the other and stops at the first that fails. */
export async function check() {
  await ensureInstalled();
  // examples see the package as its users do, through dist
  await ensureBuilt();
  for (const [label, command, args] of steps) {
    await runStep(label, command, args, { cwd: rootDir, show: VITEST_SUMMARY });
  }
}

function bin(name) {
  return join(rootDir, 'node_modules/.bin', name);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(check);
