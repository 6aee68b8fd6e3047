import { expect, test } from 'vitest';
import { createLogger, type LoggerOptions } from './log.ts';
import { findLogLevel, logLevels } from './log-levels.ts';

const noon = new Date(2026, 10, 22, 12, 0, 5, 7).getTime();

function aLogger(options: Partial<LoggerOptions> = {}) {
  const lines: string[] = [];
  const stream = { write: (text: string) => lines.push(text), isTTY: options.format === 'text' };
  const clock = { now: () => noon };
  const logger = createLogger({ level: 'INFO', color: false, stream, clock, ...options });
  return { logger, lines };
}

test('a line of text has the time, the level and the process, as Celery has it', () => {
  const { logger, lines } = aLogger({ format: 'text' });

  logger.info('ready');

  expect(lines).toEqual(['[2026-11-22 12:00:05,007: INFO/MainProcess] ready\n']);
});

test("a task's line begins with its name and id, and ends with the other fields", () => {
  const { logger, lines } = aLogger({ format: 'text', name: 'thread-1' });

  logger.child({ taskName: 'tut2.add', taskId: 'a1' }).warning('slow', { seconds: 3, by: 'a b' });

  expect(lines[0]).toContain(": WARNING/thread-1] tut2.add[a1]: slow seconds=3 by='a b'\n");
});

test('elsewhere than on a terminal a line is a JSON object', () => {
  const { logger, lines } = aLogger();

  logger.child({ taskName: 'tut2.add' }).error('failed', { error: new TypeError('no') });

  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    ...{ time: new Date(noon).toISOString(), level: 'ERROR', process: 'MainProcess' },
    ...{ taskName: 'tut2.add', message: 'failed', error: { type: 'TypeError', message: 'no' } },
  });
});

test('lines below the level are not written, and the level may change for all children', () => {
  const { logger, lines } = aLogger({ format: 'text', level: 'WARNING' });
  const child = logger.child({});

  child.info('hidden');
  logger.setLevel('DEBUG');
  child.debug('shown');

  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('DEBUG/MainProcess] shown');
  expect(logLevels.every((level) => child.isEnabled(level))).toBe(true);
});

test.each(['text', 'json'] as const)('a password in a URL never reaches a line of %s', (format) => {
  const { logger, lines } = aLogger({ format });
  const url = 'redis://u:canary@host';

  logger.child({ url }).error(`cannot reach ${url}`, {
    nested: { list: [url], map: { url } },
    error: new Error(url),
  });

  expect(lines.join('')).not.toContain('canary');
  expect(lines.join('')).toContain('***');
});

test.each(['text', 'json'] as const)('a message cannot forge a line of %s', (format) => {
  const { logger, lines } = aLogger({ format });

  logger.info('a\r\n[2026-11-22 12:00:05,007: INFO/MainProcess] b \u001b[2J \u009b1m \u202e');

  const text = lines.join('');
  expect(text.split('\n').filter((line) => line.startsWith('['))).toHaveLength(
    format === 'text' ? 1 : 0,
  );
  for (const control of ['\u001b', '\u009b', '\u202e', '\r']) expect(text).not.toContain(control);
});

test('values that JSON does not know are written as text', () => {
  const { logger, lines } = aLogger();
  const loop: Record<string, unknown> = { big: 10n };
  loop.self = loop;

  logger.info('odd', { loop });

  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ loop: { big: '10' } });
});

test('errors are red on a terminal, and plain where colours are off', () => {
  const colored = aLogger({ format: 'text', color: true });
  const plain = aLogger({ format: 'text', color: false });

  colored.logger.error('x');
  plain.logger.error('x');

  expect(colored.lines[0]).toBe(
    '\u001b[31m[2026-11-22 12:00:05,007: ERROR/MainProcess] x\u001b[0m\n',
  );
  expect(plain.lines[0]).not.toContain('\u001b');
});

test('its functions may be passed on alone', () => {
  const { logger, lines } = aLogger({ format: 'text' });
  const { info } = logger;

  info('x');

  expect(lines).toHaveLength(1);
});

test.each([
  ['debug', 'DEBUG'],
  ['Warn', 'WARNING'],
  ['FATAL', 'CRITICAL'],
  ['loud', undefined],
])('the level %s is %s', (text, level) => {
  expect(findLogLevel(text)).toBe(level);
});
