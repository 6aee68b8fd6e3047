import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { createLogger } from '../util/index.ts';
import { Celery } from './celery.ts';
import type { TaskContext } from './context.ts';
import { isProgram } from './is-program.ts';
import { setRuntime } from './runtime.ts';
import { getTaskLogger } from './task-logger.ts';
import { VERSION } from './version.ts';

afterEach(() => setRuntime({ isHosted: false }));

describe('the program', () => {
  const [, started = ''] = process.argv;
  const url = pathToFileURL(started).href;

  test('is the module that was started, and no other one', () => {
    expect(isProgram(url)).toBe(true);
    expect(isProgram(import.meta.url)).toBe(false);
    expect(isProgram('file:///no/such/module.ts')).toBe(false);
  });

  test('is no module that a worker has loaded', () => {
    setRuntime({ isHosted: true });

    expect(isProgram(url)).toBe(false);
  });
});

describe('a task logger', () => {
  const capture = (currentTask?: { id: string; name: string }) => {
    const lines: Record<string, unknown>[] = [];
    const stream = { write: (text: string) => void lines.push(JSON.parse(text)) };
    const logger = createLogger({ level: 'INFO', stream, format: 'json' });
    const current = currentTask && {
      context: {} as TaskContext,
      app: new Celery('x'),
      ...currentTask,
      rootId: 'r',
      addChild: () => {},
    };
    setRuntime({ isHosted: true, logger, currentTask: () => current });
    return lines;
  };

  test('writes through the worker, with the name and id of the task that runs', () => {
    const logger = getTaskLogger('positions');
    const lines = capture({ id: 'an-id', name: 'positions.get' });

    logger.child({ close: 1 }).info('found', { size: 100 });
    logger.debug('not shown');

    expect(lines).toEqual([
      expect.objectContaining({
        message: 'found',
        taskName: 'positions.get',
        taskId: 'an-id',
        close: 1,
        size: 100,
      }),
    ]);
  });

  test('carries its own name outside of tasks', () => {
    const logger = getTaskLogger('positions');
    const lines = capture();

    logger.warning('alone');

    expect(lines).toEqual([expect.objectContaining({ message: 'alone', logger: 'positions' })]);
  });
});

test('the version is that of the package', () => {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');

  expect(VERSION).toBe((JSON.parse(text) as { version: string }).version);
});
