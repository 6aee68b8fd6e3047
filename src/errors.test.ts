import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

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
