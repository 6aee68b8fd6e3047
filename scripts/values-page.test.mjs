import { expect, test } from 'vitest';
import { valuesPage } from '../test/interop/values/page.ts';

test('docs/values.md is what the rows say', async () => {
  // npm run docs:python has vitest write it
  await expect(valuesPage(), "out of date: run 'npm run docs:python'").toMatchFileSnapshot(
    '../docs/values.md',
  );
});
