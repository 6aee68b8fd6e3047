import { expect, test } from 'vitest';
import type { Request } from '../app/index.ts';
import { bareOutcome } from '../pool/index.ts';
import { createLogger } from '../util/index.ts';
import { TaskLog } from './task-log.ts';

function aLog(shownMax = 1024) {
  const lines: { level: string; message: string }[] = [];
  const stream = { write: (text: string) => void lines.push(JSON.parse(text)) };
  const logger = createLogger({ level: 'INFO', stream, format: 'json' });
  return { log: new TaskLog(logger, { now: () => 0 }, () => shownMax), lines };
}

const request = aRequest({});

function aRequest(headers: object): Request {
  return { task: 't', id: 'i', delivery: { headers } } as Request;
}

test('a result is shown as far as its task says', () => {
  const { log, lines } = aLog(5);

  log.ended(request, bareOutcome({ kind: 'success', resultText: '12345' }));
  log.ended(request, bareOutcome({ kind: 'success', resultText: '123456' }));

  expect(lines.map(({ message }) => message.split(': ')[1])).toEqual(['12345', '12345…']);
});

test('an error that is part of the work is one line of INFO, any other an ERROR with its stack', () => {
  const { log, lines } = aLog();
  const error = { type: 'E', module: null, args: ['why'], traceback: 'at line 1' };

  log.ended(request, bareOutcome({ kind: 'failure', error, isExpected: true }));
  log.ended(request, bareOutcome({ kind: 'failure', error }));

  expect(lines).toMatchObject([
    { level: 'INFO', message: 'Task t[i] raised expected E: why' },
    { level: 'ERROR', message: 'Task t[i] raised E: why\nat line 1' },
  ]);
});

test('arguments of an error are shown whatever they are', () => {
  const { log, lines } = aLog();
  const cyclic: unknown[] = [];
  cyclic.push(cyclic);
  const args = ['a', 12345678901234567890n, { a: [1n] }, null, cyclic, Object.create(null)];
  const error = { type: 'E', module: null, args, traceback: null };

  log.ended(request, bareOutcome({ kind: 'failure', error }));
  log.ended(
    request,
    bareOutcome({ kind: 'retry', dueMs: 0, error, replacement: null, options: null }),
  );

  const shown =
    'E: a, 12345678901234567890n, { a: [ 1n ] }, null, <ref *1> [ [Circular *1] ], [Object: null prototype] {}';
  expect(lines.map(({ message }) => message)).toEqual([
    `Task t[i] raised ${shown}`,
    `Task t[i] retry in 0.0s: ${shown}`,
  ]);
});

test('a task is named by its shadow, if it has one', () => {
  const { log, lines } = aLog();

  log.received(aRequest({ shadow: 'nightly' }));
  log.received(aRequest({ shadow: '' }));

  expect(lines.map(({ message }) => message)).toEqual([
    'Task nightly[i] received',
    'Task t[i] received',
  ]);
});

test('what came with a message is one line, however long it is and whatever is in it', () => {
  const { log, lines } = aLog();
  const text = `x\r\n\u001b]0;y\u0007\u202e${'z'.repeat(1e6)}`;
  const hostile = { task: text, id: text, queue: text, delivery: { headers: {} } } as Request;
  const error = { type: text, module: null, args: [text], traceback: null };

  log.received(hostile);
  log.deadLettered(hostile, text);
  log.deadLettered({ id: text, queue: text, reason: text, tag: 't', replyTo: undefined }, text);
  log.ended(hostile, bareOutcome({ kind: 'failure', error }));
  log.ended(
    hostile,
    bareOutcome({ kind: 'retry', dueMs: 0, error, replacement: null, options: null }),
  );
  log.ended(hostile, bareOutcome({ kind: 'rejected', requeue: false, reason: text }));

  expect(lines).toHaveLength(6);
  for (const { message } of lines) {
    expect(message).not.toMatch(/\n|\r/);
    expect(message).toContain('x\\r\\n\\x1b]0;y\\x07\\u202e');
    expect(message.length).toBeLessThan(10_000);
  }
});
