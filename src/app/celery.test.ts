import { afterEach, describe, expect, test } from 'vitest';
import type { ResultReader } from '../backends/index.ts';
import { chain, chord, group } from '../canvas/index.ts';
import {
  BackendMissingError,
  ConfigError,
  EncodeError,
  NotSupportedError,
  TaskInvalidError,
} from '../errors.ts';
import { decodeBody, type OutgoingMessage, type ResultTuple } from '../protocol/index.ts';
import type { Transport } from '../transports/index.ts';
import { isBuiltin } from './builtin/builtin-task.ts';
import { Celery } from './celery.ts';
import type { CeleryOptions } from './celery-options.ts';
import type { TaskContext } from './context.ts';
import { type Runtime, setRuntime } from './runtime.ts';

afterEach(() => setRuntime({ isHosted: false }));

/** An app whose broker keeps what it gets. Its tasks are those of Celery's first pages. */
function open({ options, runtime }: { options?: CeleryOptions; runtime?: Partial<Runtime> } = {}) {
  const published: OutgoingMessage[] = [];
  let opened = 0;
  const publish = async (messages: readonly OutgoingMessage[]) => void published.push(...messages);
  const transport = { publish, close: async () => {} } as unknown as Transport;
  setRuntime({
    isHosted: false,
    openTransport: async () => {
      opened += 1;
      return transport;
    },
    openBackend: async () => ({ close: async () => {} }) as unknown as ResultReader,
    ...runtime,
  });
  const app = new Celery('tut', { broker: 'redis://', ...options });
  const add = app.task(function add(a: number, b: number) {
    return a + b;
  });
  const greet = app.task(
    { queue: 'polite', priority: 2 },
    function greet(name: string, greeting = 'hello') {
      return `${greeting} ${name}`;
    },
  );
  return { app, add, greet, published, opened: () => opened };
}

/** Whether a handle says that there will be no result. */
const ignoredOf = (handle: unknown) => (handle as { ignored?: boolean }).ignored;

const argsOf = (message: OutgoingMessage | undefined) =>
  message && decodeBody({ ...message, bodyEncoding: 'utf-8' }).args;

describe('naming a task', () => {
  test('joins the names of app and function, or takes the name that is given', () => {
    const { app, add } = open();
    const named = app.task({ name: 'orders.pay' }, () => {});

    expect([add.name, named.name]).toEqual(['tut.add', 'orders.pay']);
    const own = [...app.tasks.keys()].filter((name) => !isBuiltin(name));
    expect(own).toEqual(['tut.add', 'tut.greet', 'orders.pay']);
  });

  test('refuses an anonymous function, and says what to do', () => {
    const { app } = open();

    expect(() => app.task(() => {})).toThrow(TaskInvalidError);
    expect(() => app.task(() => {})).toThrow("app.task({ name: 'orders.pay' }, fn)");
  });

  test('refuses a name that is taken', () => {
    const { app } = open();

    expect(() => app.task({ name: 'tut.add' }, () => {})).toThrow("two tasks are named 'tut.add'");
  });

  test('without a name of the app is __main__ in the program, and refused in a module that was loaded', () => {
    setRuntime({ isHosted: false });
    const task = new Celery().task(function pay() {});
    expect(task.name).toBe('__main__.pay');

    setRuntime({ isHosted: true });
    expect(() => new Celery().task(function pay() {})).toThrow('belongs to an app without a name');
  });

  test('lets several apps use one name', () => {
    const [one, two] = [open(), open()];

    expect(one.app.tasks.get('tut.add')).not.toBe(two.app.tasks.get('tut.add'));
  });
});

describe('options of a task', () => {
  test('have the defaults of Celery', () => {
    expect(open().add.options).toMatchObject({
      bind: false,
      maxRetries: 3,
      defaultRetryDelay: 180,
    });
  });

  test.each([
    [{ rateLimit: '10/m' }, NotSupportedError, "option 'rateLimit' is not supported yet"],
    [{ maxRetrie: 3 }, ConfigError, "did you mean 'maxRetries'?"],
    [{ maxRetries: -1 }, ConfigError, "'maxRetries' of a task must be a whole number from 0"],
    [{ priority: 11 }, ConfigError, "'priority' must be a whole number from 0 to 9"],
    [{ params: 'a' }, ConfigError, "'params' of a task must be an array of names"],
  ])('%j is refused', (options, type, message) => {
    const define = () => open().app.task({ name: 'x', ...(options as object) }, () => {});

    expect(define).toThrow(type);
    expect(define).toThrow(message);
  });
});

describe('an app', () => {
  test('reads its settings when they are first asked for, and opens nothing before it must', async () => {
    const { app, opened } = open({ options: { broker: 'nonsense' } });

    expect(() => app.settings).toThrow(ConfigError);
    expect(opened()).toBe(0);
  });

  test('opens one connection, and another one after it was closed', async () => {
    const { app, add, opened } = open();

    await Promise.all([add.delay(1, 2), add.delay(3, 4)]);
    await app.close();
    await app.close();
    await add.delay(5, 6);

    expect(opened()).toBe(2);
  });

  test('tries again after a connection could not be opened', async () => {
    let tries = 0;
    const openTransport = async () => {
      tries += 1;
      throw new Error('down');
    };
    const { add } = open({ runtime: { openTransport } });

    await expect(add.delay(1, 2)).rejects.toThrow('down');
    await expect(add.delay(1, 2)).rejects.toThrow('down');

    expect(tries).toBe(2);
  });
});

describe('sending', () => {
  test('publishes positions, keywords and options', async () => {
    const { add, published } = open();

    const result = await add.applyAsync([1], { kwargs: { b: 2 }, taskId: 'mine', queue: 'q' });

    expect(result.id).toBe('mine');
    expect(published[0]).toMatchObject({
      queue: 'q',
      headers: { task: 'tut.add', id: 'mine', kwargsrepr: "{'b': 2}" },
    });
  });

  test('takes what the task says of itself', async () => {
    const { greet, published } = open();

    await greet.delay('Ann');

    expect(published[0]).toMatchObject({ queue: 'polite', properties: { priority: 2 } });
  });

  test('refuses arguments that cannot fit, or have no form on the wire, before anything is sent', async () => {
    const { app, add, published, opened } = open();
    const wrong = add.applyAsync([1, 2], { kwargs: { c: 3 } });

    await expect(wrong).rejects.toThrow("tut.add() got an unexpected keyword argument 'c'");
    await expect(app.sendTask('tut.add', [1, 2, 3])).rejects.toThrow(TypeError);
    await expect(app.sendTask('py.add', [{ at: [() => 1] }])).rejects.toThrow(EncodeError);
    await expect(app.sendTask('py.add', [{ at: [() => 1] }])).rejects.toThrow('args[0].at[0]');

    expect([published, opened()]).toEqual([[], 0]);
  });

  test('sends tasks of others by name, without knowing them', async () => {
    const { app, published } = open();

    await app.sendTask('py.add', [1, 2], { queue: 'py' });
    await app.signature('py.mul', [3], { immutable: true, queue: 'py' }).delay();

    expect(published.map((each) => [each.queue, each.headers.task, argsOf(each)])).toEqual([
      ['py', 'py.add', [1, 2]],
      ['py', 'py.mul', [3]],
    ]);
  });

  test('sends a chain as its first step, a group as all members in one batch', async () => {
    const { add, published } = open();

    const last = await chain(add.s(1), add.s(2)).delay(5);
    const both = await group([add.si(1, 2), add.si(3, 4)]).applyAsync();

    expect(published.map(argsOf)).toEqual([
      [5, 1],
      [1, 2],
      [3, 4],
    ]);
    expect(last.parent?.id).toBe(published[0]?.headers.id);
    expect(both.results.map((each) => each.id)).toEqual(
      published.slice(1).map((each) => each.headers.id),
    );
  });

  test('refuses a deadline that is none', async () => {
    await expect(open().add.applyAsync([1, 2], { deadline: -1 })).rejects.toThrow(
      "option 'deadline'",
    );
  });

  test('inside a task makes what is sent its child', async () => {
    const children: ResultTuple[] = [];
    const addChild = (child: ResultTuple) => void children.push(child);
    const current = {
      context: {} as TaskContext,
      app: new Celery(),
      id: 'parent',
      name: 'tut.outer',
      rootId: 'root',
      addChild,
    };
    const { add, published } = open({ runtime: { currentTask: () => current } });

    const result = await add.delay(1, 2);

    expect(published[0]?.headers).toMatchObject({ root_id: 'root', parent_id: 'parent' });
    expect(children).toEqual([[[result.id, null], null]]);
  });
});

describe('results', () => {
  test('without a backend are refused at once', async () => {
    const result = await open().add.delay(1, 2);

    await expect(result.get()).rejects.toThrow(BackendMissingError);
  });

  test.each([
    ['the call', {}, { ignoreResult: true }],
    ['the settings', { taskIgnoreResult: true }, {}],
  ])('that %s said to ignore are refused at once', async (_, options, call) => {
    const { add } = open({ options: { backend: 'redis://', ...options } });

    const result = await add.applyAsync([1, 2], call);

    await expect(result.get()).rejects.toMatchObject({ code: 'RESULT_IGNORED' });
  });

  test('of a workflow are refused of those tasks that ignore theirs, and of no other', async () => {
    const { app, add } = open({ options: { backend: 'redis://' } });
    const quiet = app.task({ name: 'quiet', ignoreResult: true }, () => 1);
    const loud = quiet.si().set({ ignoreResult: false });

    const grouped = await group([quiet.si(), add.si(1, 1), loud]).applyAsync();
    const chained = await chain(quiet.si(), add.si(1, 1), quiet.si()).delay();
    const { result: header } = chord([quiet.si(), add.si(1, 1)], add.si(1, 1)).freeze();
    const nested = await group([chain(quiet.si(), add.si(1, 1))]).applyAsync();

    const inChain = [chained, chained.parent, chained.parent?.parent];
    const told = (handles: Iterable<unknown>) => [...handles].map((each) => ignoredOf(each));
    expect(told(grouped)).toEqual([true, false, false]);
    expect(told(inChain)).toEqual([true, false, true]);
    expect([header.ignored, told(header.parent as never)]).toEqual([false, [true, false]]);
    expect(told([nested.results[0], nested.results[0]?.parent])).toEqual([false, true]);
  });

  test('are found again by their id', () => {
    expect(open().app.asyncResult('mine').id).toBe('mine');
  });
});

describe('a task', () => {
  test('binds what messages bring, without the context', async () => {
    const { app, greet } = open();
    const bound = app.task({ name: 'b', bind: true }, (_task, name: string) => name);

    expect(greet.bindArguments([], { name: 'Ann' }, { strict: true })).toEqual(['Ann']);
    expect(bound.bindArguments([], { name: 'Ann' }, { strict: true })).toEqual(['Ann']);
  });

  test('binds to the parameters it was given', () => {
    const task = open().app.task({ name: 'r', params: ['a', 'b?'] }, (...all: number[]) => all);

    expect(task.bindArguments([], { b: 2, a: 1 }, { strict: true })).toEqual([1, 2]);
  });

  test('runs its function here', () => {
    expect(open().add.run(1, 2)).toBe(3);
  });
});
