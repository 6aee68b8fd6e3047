import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { decodeJson } from '../src/protocol/index.ts';
import { areas } from '../test/interop/areas.ts';
import { besidePythonPage } from '../test/interop/page.ts';
import { readVectors } from '../test/vectors/vectors.ts';

const rows = areas.flatMap((area) => area.rows);
const interop = new URL('../test/interop/', import.meta.url);

test('docs/beside-python.md is what the rows say', async () => {
  const page = besidePythonPage(areas);

  // npm run docs:python has vitest write it
  await expect(page, "out of date: run 'npm run docs:python'").toMatchFileSnapshot(
    '../docs/beside-python.md',
  );
});

test('every file of rows is an area', () => {
  const files = readdirSync(new URL('rows/', interop)).map((file) => file.replace(/\.ts$/, ''));

  expect(files.toSorted()).toEqual(areas.map(({ name }) => name).toSorted());
});

test.each(areas)('the rows about $title are proved by a test that skips none', ({ test: file }) => {
  const text = readFileSync(new URL(`${file}.test.ts`, interop), 'utf8');

  expect(text).toContain(`proveAreas('${file}'`);
  expect(text).not.toMatch(/\b(skip|only|todo|fails|runIf)\b/);
});

test('no two rows of a test file have one name', () => {
  const names = areas.flatMap((area) => area.rows.map(({ name }) => `${area.test}: ${name}`));

  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

/** What messages of either version have, by the kind of row that tells of it. */
function captured() {
  const envelopes = ['5.2.6', '5.6.2'].flatMap((version) =>
    readVectors(version, 'ab_redis_producer').flatMap(({ lists }) =>
      Object.values(lists)
        .flat()
        .map((text) => JSON.parse(text)),
    ),
  );
  const namesOf = (part) => envelopes.flatMap((envelope) => Object.keys(part(envelope)));
  return [
    ...[...new Set(namesOf(({ headers }) => headers))].map((name) => ['header', name]),
    ...[...new Set(namesOf(({ properties }) => properties))].map((name) => ['property', name]),
  ];
}

test.each(captured())("%s '%s', which Python sends, has a row", (kind, name) => {
  const told = rows.filter((row) => row.name.startsWith(kind) && row.name.includes(`'${name}'`));

  expect(told).not.toEqual([]);
});

test.each(['PENDING', 'STARTED', 'SUCCESS', 'FAILURE', 'RETRY', 'REVOKED'])(
  'the state %s has a row',
  (state) => {
    expect(rows.filter(({ name }) => name.includes(`state ${state}`))).toHaveLength(1);
  },
);

/** The fields of results of either version, but for a stamp, which is one of a name that its sender chose. */
function resultFields() {
  const writes = ['5.2.6', '5.6.2'].flatMap((version) =>
    ['d_results_redis', 'd_results_redis_extended'].flatMap((file) =>
      readVectors(version, file).flatMap(({ result_writes }) => result_writes),
    ),
  );
  const fields = writes.flatMap((command) => Object.keys(decodeJson(command.at(-1))));
  return [...new Set(fields)].filter((field) => field !== 'tenant');
}

test.each(resultFields())("the field '%s' of a result has a row", (field) => {
  const told = rows.filter(
    ({ name, notes = '' }) => /^result/.test(name) && notes.includes(`\`${field}\``),
  );

  expect(told).not.toEqual([]);
});
