import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { captures } from '../../test/vectors/manifest.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What is in the folders of captures. */
const there = (['5.2.6', '5.6.2'] as const).flatMap((version) =>
  readdirSync(`${root}/test/vectors/${version}`).map((file) => {
    return { version, name: file.replace(/\.json$/, '') };
  }),
);

/** Which captures each test reads, by the text of the test. */
const reads = ['src', 'test', 'scripts'].flatMap((folder) =>
  readdirSync(`${root}/${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.test\.m?ts$|\.test\.mjs$/.test(file))
    .flatMap((file) => readsOf(`${folder}/${file.replaceAll('\\', '/')}`)),
);

/** `readVectors(version, 'name')` or `readSigned(version)`; a version that is a variable is each of those that the file names. */
function readsOf(file: string) {
  const text = readFileSync(`${root}/${file}`, 'utf8').replace(
    /readSigned\(([^()]*)\)/g,
    "readVectors($1, 'j_auth')",
  );
  const calls = [...text.matchAll(/\(\s*('[\d.]+'|version),\s*'([a-z_]+)',?\s*\)/g)];
  if (!text.includes('readVectors')) return [];
  const named = [...text.matchAll(/'(5\.\d\.\d)'/g)].map(([, version]) => version);
  return calls.flatMap(([, given = '', name = '']) => {
    const versions = given === 'version' ? named : [given.slice(1, -1)];
    return versions.map((version) => ({ file, version, name }));
  });
}

test('every file of captures is listed, and no other', () => {
  const listed = Object.entries(captures).flatMap(([name, capture]) => {
    if ('later' in capture) return [];
    return capture.only ? [`${capture.only}/${name}`] : [`5.2.6/${name}`, `5.6.2/${name}`];
  });

  expect(there.map(({ version, name }) => `${version}/${name}`).toSorted()).toEqual(
    listed.toSorted(),
  );
});

test.each(there)('$version/$name is read by a test', ({ version, name }) => {
  const readers = reads.filter((read) => read.name === name && read.version === version);

  expect(readers).not.toEqual([]);
});

test.each(Object.keys(captures))('%s is read by the tests that are listed for it', (name) => {
  const capture = captures[name];
  const listed = capture && 'readBy' in capture ? capture.readBy : [];
  const readers = reads.filter((read) => read.name === name).map(({ file }) => file);

  expect(listed.filter((file) => !readers.includes(file))).toEqual([]);
});
