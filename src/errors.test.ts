import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { BackendMissingError, summaryOf } from './errors.ts';

const page = readFileSync(new URL('../docs/errors.md', import.meta.url), 'utf8');
const source = readFileSync(new URL('errors.ts', import.meta.url), 'utf8');

test('each code of an error has its paragraph in docs/errors.md, in order, and no other has', () => {
  const union = /export type ErrorCode =([^;]+);/.exec(source)?.[1] ?? '';
  const codes = [...union.matchAll(/'([A-Z_]+)'/g)].map(([, code]) => code);

  const sections = [...page.matchAll(/^## (.+)\n\n(?=\S)/gm)].map(([, heading]) => heading);

  expect(codes.length).toBeGreaterThan(10);
  expect(sections).toEqual(codes);
});

test('each class of errors is named in its paragraph', () => {
  const classes = [
    ...source.matchAll(/^export class (\w+) extends CeleriacError[\s\S]*?super\(\s*'([A-Z_]+)'/gm),
  ];

  const missing = classes.filter(([, name, code]) => {
    const [, paragraph = ''] = page.split(`## ${code}\n`);
    return !paragraph.split('\n## ')[0]?.includes(`\`${name}\``);
  });

  expect(missing.map(([, name]) => name)).toEqual([]);
});

test('a message ends with the place of its paragraph, and its summary does not', () => {
  const error = new BackendMissingError();

  expect(error.message).toBe(`${error.summary} (celeriac/docs/errors.md#backend_missing)`);
  expect(error.summary).toMatch(/^no result backend configured; give .* CELERY_RESULT_BACKEND$/);
});

test('whatever was thrown has a summary', () => {
  const thrown = [new BackendMissingError(), new TypeError('no'), 'text', undefined];

  expect(thrown.map(summaryOf)).toEqual([
    thrown[0] instanceof BackendMissingError && thrown[0].summary,
    'no',
    'text',
    'undefined',
  ]);
});
