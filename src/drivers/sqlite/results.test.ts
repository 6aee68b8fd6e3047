import { expect, test } from 'vitest';
import { isFinalDocument } from './results.ts';

test.each([
  ['SUCCESS', true],
  ['FAILURE', true],
  ['REVOKED', true],
  ['STARTED', false],
  ['RETRY', false],
  ['SUCCESSFUL', false],
  ['success', false],
])('a document of state %s is final: %s', (status, isFinal) => {
  expect(isFinalDocument(`{"status": "${status}", "result": "SUCCESS"}`)).toBe(isFinal);
});
