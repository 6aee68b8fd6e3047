import { expect, test } from 'vitest';
import { chordTrouble } from './chord-jam.ts';

test.each([
  ['WRONGTYPE Operation against a key', /remove what is no key of a chord's at 'k of g'/],
  ["NOPERM this user has no permissions to access the 'k' key", /ACL SETUSER/],
  ["ERR The user executing the script can't access at least one of the keys", /ACL SETUSER/],
  ["OOM command not allowed when used memory > 'maxmemory'.", /more memory/],
  ["READONLY You can't write against a read only replica.", /is a replica/],
  ['ERR of another kind', /its keys are 'k of g'/],
])('what helps a chord that cannot be written depends on why: %s', (message, remedy) => {
  const told = chordTrouble('k of g', message);

  expect(told).toContain(message);
  expect(told).toMatch(remedy);
  expect(/remove/.test(told)).toBe(message.startsWith('WRONGTYPE'));
});
