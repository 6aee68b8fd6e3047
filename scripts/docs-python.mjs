import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, rootDir } from './setup.mjs';
import { main, runStep } from './steps.mjs';

/** Writes docs/beside-python.md and docs/values.md from the rows of test/interop, as `npm run docs:python`: their tests do. */
await main(async () => {
  await ensureInstalled();
  await ensureBuilt();
  const vitest = join(rootDir, 'node_modules/.bin/vitest');
  const files = ['scripts/python-page.test.mjs', 'scripts/values-page.test.mjs'];
  const test = ['--project', 'unit', ...files, '-t', 'is what the rows say'];
  await runStep('docs/beside-python.md, docs/values.md', vitest, ['run', '--update', ...test], {
    cwd: rootDir,
  });
});
