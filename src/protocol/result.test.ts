import { expect, test } from 'vitest';
import { finalityOf } from './result.ts';

test.each([
  ['SUCCESS', 'success'],
  ['FAILURE', 'final'],
  ['REVOKED', 'final'],
  ['STARTED', 'open'],
  ['RETRY', 'open'],
  ['SUCCESSFUL', 'open'],
  ['success', 'open'],
])('a document of state %s is %s', (status, finality) => {
  expect(finalityOf(status)).toBe(finality);
});
