import { afterEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { ArgumentsInvalidError, ConfigError } from '../errors.ts';
import type { OutgoingMessage } from '../protocol/index.ts';
import type { Transport } from '../transports/index.ts';
import { Celery } from './celery.ts';
import type { CeleryOptions } from './celery-options.ts';
import { setRuntime } from './runtime.ts';
import { sharedTask } from './shared-tasks.ts';

afterEach(() => setRuntime({ isHosted: false }));

/** An app whose broker keeps what it gets. */
function open(options: CeleryOptions = {}) {
  const published: OutgoingMessage[] = [];
  const publish = async (messages: readonly OutgoingMessage[]) => void published.push(...messages);
  const transport = { publish, close: async () => {} } as unknown as Transport;
  setRuntime({ isHosted: false, openTransport: async () => transport });
  return { app: new Celery('t', { broker: 'redis://', ...options }), published };
}

/** A call that the compiler would not allow. */
const loosely = (task: unknown) => task as { delay(...args: unknown[]): Promise<unknown> };

describe('meta', () => {
  test('is a frozen copy of what was given, and empty if nothing was', () => {
    const { app } = open();
    const meta = { team: 'billing' };
    const task = app.task({ name: 'a', meta }, () => {});
    meta.team = 'other';

    expect(task.meta).toEqual({ team: 'billing' });
    expect(Object.isFrozen(task.meta)).toBe(true);
    expect(app.tasks.get('a')?.meta).toBe(task.meta);
    expect(app.task({ name: 'b' }, () => {}).meta).toEqual({});
  });

  test('must be an object', () => {
    const options = { name: 'a', meta: 'billing' as unknown as object };

    expect(() => open().app.task(options, () => {})).toThrow("'meta' of a task must be an object");
  });
});

describe('typing', () => {
  const add = (app: Celery, typing?: boolean) =>
    app.task({ name: 'add', typing }, (a: number, b: number) => a + b);

  test('holds arguments against the parameters when a task is sent, unless it is switched off', async () => {
    const on = open();
    await expect(loosely(add(on.app)).delay(1, 2, 3)).rejects.toThrow('takes 2 positional');

    const off = open();
    await loosely(add(off.app, false)).delay(1, 2, 3);
    expect([on.published.length, off.published.length]).toEqual([0, 1]);
  });

  test('is switched off for all by the setting strictTyping, and on again by a task', async () => {
    const off = open({ strictTyping: false });
    await loosely(add(off.app)).delay(1, 2, 3);
    expect(off.published).toHaveLength(1);

    const on = open({ strictTyping: false });
    await expect(loosely(add(on.app, true)).delay(1, 2, 3)).rejects.toThrow('takes 2 positional');
  });
});

describe('a schema', () => {
  const args = [z.string(), z.coerce.number().default(1)] as const;

  test('is not asked when a task is sent, unless that is said', async () => {
    const { app, published } = open();
    const task = app.task({ name: 'pay', args }, () => {});

    await loosely(task).delay(5);

    expect(published).toHaveLength(1);
  });

  test.each([
    [{ validateOnSend: true }, {}],
    [{}, { taskValidateOnSend: true }],
  ])('is asked before anything is sent with %j, %j', async (options, settings) => {
    const { app, published } = open(settings);
    const task = app.task({ name: 'pay', args, ...options }, () => {});

    await expect(loosely(task).delay(5)).rejects.toThrow(ArgumentsInvalidError);
    await expect(task.applyAsync([], { kwargs: {} })).rejects.toThrow(ArgumentsInvalidError);
    expect(published).toEqual([]);
    await task.delay('a');

    // as it was given: the receiver's schema makes of it what it makes
    expect(published.map(({ body }) => JSON.parse(body)[0])).toEqual([['a']]);
  });

  test('may take its time when a task is sent', async () => {
    const { app, published } = open({ taskValidateOnSend: true });
    const free = z.string().refine(async (text) => text !== 'taken', 'is in use');
    const task = app.task({ name: 'pay', args: [free] }, () => {});

    await expect(task.delay('taken')).rejects.toThrow('is in use');
    await task.delay('free');

    expect(published).toHaveLength(1);
  });

  test('is needed to be held against', () => {
    const options = { name: 'x', validateOnSend: true } as unknown as { name: string };

    expect(() => open().app.task(options, () => {})).toThrow("'validateOnSend' of task 'x' needs");
    const everywhere = open({ taskAnnotations: { '*': { validateOnSend: true } } });
    expect(everywhere.app.task({ name: 'y' }, () => {}).options.validateOnSend).toBe(true);
  });

  test('must be one', () => {
    for (const wrong of ['string', [z.string(), 'x'], { '~standard': {} }]) {
      const options = { name: 'x', args: wrong } as unknown as { name: string };
      expect(() => open().app.task(options, () => {})).toThrow("'args' of a task must be a schema");
    }
  });
});

describe('taskAnnotations', () => {
  /** What is left of options after the annotations. */
  const options = (taskAnnotations: CeleryOptions['taskAnnotations'], own = {}) => {
    const { app } = open({ taskAnnotations });
    return app.task({ name: 'orders.pay', maxRetries: 1, queue: 'own', ...own }, () => {}).options;
  };

  test.each([
    ['a name', { 'orders.pay': { maxRetries: 7 } }, 7],
    ['a pattern', { 'orders.*': { maxRetries: 7 } }, 7],
    ['a star', { '*': { maxRetries: 7 } }, 7],
    ['another name', { 'orders.payment': { maxRetries: 7 }, 'orders*pays': {} }, 1],
    ['a dot that is none', { 'orders?pay*': { maxRetries: 7 } }, 1],
    ['a name before patterns', { 'orders.pay': { maxRetries: 7 }, '*': { maxRetries: 8 } }, 7],
    ['the later of a list', [{ 'orders.pay': { maxRetries: 7 } }, { '*': { maxRetries: 8 } }], 8],
    ['a function', () => ({ maxRetries: 7 }), 7],
    ['a function that has no say', () => undefined, 1],
  ])('change the options of tasks by %s', (_what, annotations, expected) => {
    const found = options(annotations as CeleryOptions['taskAnnotations']);

    expect(found).toMatchObject({ maxRetries: expected, publish: { queue: 'own' } });
  });

  test('hand a function the task as it was defined', () => {
    const seen: unknown[] = [];

    options(({ name, options: own }) => {
      seen.push([name, own.maxRetries]);
      return { maxRetries: 9 };
    });

    expect(seen).toEqual([['orders.pay', 1]]);
  });

  test('add to its meta', () => {
    const found = options({ '*': { meta: { tier: 2 } } }, { meta: { team: 'billing' } });

    expect(found.meta).toEqual({ team: 'billing', tier: 2 });
  });

  test('hold for what is sent, of own and shared tasks', async () => {
    const { app, published } = open({ taskAnnotations: { '*': { queue: 'elsewhere' } } });
    const task = app.task({ name: 'orders.pay', queue: 'own' }, () => {});
    const shared = sharedTask({ name: 'lib.pay', queue: 'own' }, () => {});
    app.setDefault();

    await task.delay();
    await shared.delay();

    expect(published.map(({ queue }) => queue)).toEqual(['elsewhere', 'elsewhere']);
    expect(shared.options.publish).toEqual({ queue: 'own' });
  });

  test.each([
    [
      { '*': { maxRetrie: 7 } },
      "'taskAnnotations' for task 'orders.pay': unknown option 'maxRetrie'; did you mean 'maxRetries'?",
    ],
    [{ '*': { priority: 11 } }, "'priority' must be a whole number from 0 to 9"],
    [{ '*': { bind: true } }, "'bind' belongs to the function"],
    [{ '*': { args: [] } }, "'args' belongs to the function"],
    [{ '*': 'fast' }, "'taskAnnotations' must be an object of task options"],
    ['fast', "'taskAnnotations' must be an object of task options"],
  ])('are refused if they cannot be: %j', (annotations, message) => {
    const wrong = annotations as unknown as CeleryOptions['taskAnnotations'];

    expect(() => options(wrong)).toThrow(ConfigError);
    expect(() => options(wrong)).toThrow(message);
  });

  test('are read when an option is first asked for, not when a task is defined', () => {
    const { app } = open();
    const task = app.task({ name: 'orders.pay' }, () => {});
    app.configFromObject({ task_annotations: { '*': { maxRetries: 9 } } });

    expect(task.options.maxRetries).toBe(9);
  });
});
