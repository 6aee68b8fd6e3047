import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, rootDir } from './setup.mjs';
import { main, runStep } from './steps.mjs';

/** Writes docs/beside-python.md from the rows of test/interop, as `npm run docs:python`: the test of it does. */
await main(async () => {
  await ensureInstalled();
  await ensureBuilt();
  const vitest = join(rootDir, 'node_modules/.bin/vitest');
  const test = ['--project', 'unit', 'scripts/python-page.test.mjs', '-t', 'is what the rows say'];
  await runStep('docs/beside-python.md', vitest, ['run', '--update', ...test], { cwd: rootDir });
});
