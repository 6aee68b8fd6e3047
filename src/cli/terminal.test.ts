import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { processSignals, terminalIo } from './terminal.ts';

function streams(isTTY = false) {
  const [stdin, stdout, stderr] = [0, 1, 2].map(() => Object.assign(new PassThrough(), { isTTY }));
  if (!stdin || !stdout || !stderr) throw new Error('unreachable');
  return { stdin, stdout, stderr };
}

test('text goes to standard output, problems to standard error without passwords', () => {
  const all = streams();
  const io = terminalIo(all, true);

  io.print('fine');
  io.problem('cannot reach redis://:canary@host');

  expect(String(all.stdout.read())).toBe('fine\n');
  expect(String(all.stderr.read())).toBe('cannot reach redis://:***@host\n');
});

test.each([
  ['y\n', true],
  ['YES\n', true],
  ['n\n', false],
  ['\n', false],
  ['', false],
])('the answer %j is %s', async (answer, expected) => {
  const all = streams();
  const io = terminalIo(all, true);

  const answered = io.confirm('Sure?');
  all.stdin.end(answer);

  expect(await answered).toBe(expected);
  expect(String(all.stderr.read())).toContain('Sure? [y/N] ');
});

test('colours and a width are for terminals only', () => {
  expect(terminalIo(streams(false), true)).toMatchObject({ hasColor: false, canAsk: false });
  expect(terminalIo(streams(true), true)).toMatchObject({
    hasColor: true,
    width: 80,
    canAsk: true,
  });
  expect(terminalIo(streams(true), false)).toMatchObject({ hasColor: false, width: 80 });
});

test('both signals that ask to stop are heard until the listening ends', () => {
  const source = new EventEmitter();
  const heard: string[] = [];

  const end = processSignals(source as NodeJS.Process).listen((signal) => heard.push(signal));
  source.emit('SIGINT', 'SIGINT');
  source.emit('SIGTERM', 'SIGTERM');
  end();

  expect(heard).toEqual(['SIGINT', 'SIGTERM']);
  expect(source.eventNames()).toEqual([]);
});

test('nothing that somebody else wrote drives the terminal by way of a problem', () => {
  const all = streams(true);
  const io = terminalIo(all, true);

  io.problem('FAILURE: \u001b]0;x\u0007\u202e\r\nsecond');

  expect(String(all.stderr.read())).toBe('FAILURE: \\x1b]0;x\\x07\\u202e\\r\nsecond\n');
});
