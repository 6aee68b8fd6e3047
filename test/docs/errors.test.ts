import { expect, test } from 'vitest';
import { promisedBy, readPage } from '../support/pages.ts';
import { outputOf, Project } from '../support/project.ts';

test('the program of docs/errors.md prints what it says', async () => {
  const { files } = readPage('docs/errors.md');
  const project = new Project(files);

  const printed = await outputOf(project.run('npx jiti errors.ts', {}));

  expect(printed).toEqual(promisedBy(files.get('errors.ts') ?? ''));
});
