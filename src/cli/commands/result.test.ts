import { expect, test } from 'vitest';
import { aContext, anApp, recordedIo } from '../../../test/support/cli.ts';
import { TaskFailedError } from '../../errors.ts';
import { type ResultFlags, result } from './result.ts';

const flags: ResultFlags = { id: 'a1', traceback: false, json: false };

function anAppWith(state: string, value?: unknown, traceback: string | null = null) {
  const handle = {
    state: async () => state,
    result: async () => value,
    traceback: async () => traceback,
  };
  return anApp({ asyncResult: () => handle });
}

const failure = new TaskFailedError('a1', {
  ...{ type: 'ValueError', module: 'builtins', args: ['no'], traceback: 'Traceback: …\n' },
});

test.each([
  ['a text', 'a text'],
  [9, '9'],
  [{ x: [1, null] }, '{ x: [ 1, null ] }'],
])('the result %j is printed as %s', async (value, text) => {
  const io = recordedIo();

  const code = await result.run(aContext(flags, { io, app: anAppWith('SUCCESS', value) }));

  expect([code, io.printed]).toEqual([0, [text]]);
});

test('a failure is told on standard error, and the command fails', async () => {
  const io = recordedIo();

  const code = await result.run(aContext(flags, { io, app: anAppWith('FAILURE', failure) }));

  expect([code, io.printed, io.problems]).toEqual([1, [], ['FAILURE: ValueError: no']]);
});

test('an id that nobody knows is PENDING, and the command fails', async () => {
  const io = recordedIo();

  const code = await result.run(aContext(flags, { io, app: anAppWith('PENDING') }));

  expect(code).toBe(1);
  expect(io.problems.join()).toContain("task 'a1' is PENDING: it has not ended, or nobody");
});

test('--traceback prints where it failed, or says that it did not', async () => {
  const io = recordedIo();
  const asked = { ...flags, traceback: true };

  const failed = aContext(asked, { io, app: anAppWith('FAILURE', failure, 'Traceback: …\n') });
  const fine = aContext(asked, { io, app: anAppWith('SUCCESS', 1) });

  expect([await result.run(failed), await result.run(fine)]).toEqual([0, 1]);
  expect(io.printed).toEqual(['Traceback: …']);
  expect(io.problems).toEqual(["task 'a1' is SUCCESS and has no traceback"]);
});

test('--json prints all of it, and the exit code stays', async () => {
  const io = recordedIo();
  const asked = { ...flags, json: true };

  const fine = await result.run(aContext(asked, { io, app: anAppWith('SUCCESS', [1]) }));
  const failed = await result.run(aContext(asked, { io, app: anAppWith('FAILURE', failure, 'T') }));

  expect([fine, failed]).toEqual([0, 1]);
  expect(io.printed.map((line) => JSON.parse(line))).toEqual([
    { id: 'a1', state: 'SUCCESS', result: [1], error: null, traceback: null },
    { id: 'a1', state: 'FAILURE', result: null, error: 'ValueError: no', traceback: 'T' },
  ]);
});

test('a result cannot drive the terminal', async () => {
  const io = { ...recordedIo(), width: 80 };

  await result.run(aContext(flags, { io, app: anAppWith('SUCCESS', 'a\u001b[2J\nb') }));

  expect(io.printed).toEqual(['a\\x1b[2J\nb']);
});

test('nor can one that is no text, and its colours stay', async () => {
  const io = { ...recordedIo(), width: 80, hasColor: true };

  const value = ['\u001b[2J\u202e\u009b'];
  await result.run(aContext(flags, { io, app: anAppWith('SUCCESS', value) }));

  expect(io.printed).toEqual(["[ \u001b[32m'\\x1B[2J\\u202e\\x9B'\u001b[39m ]"]);
});
