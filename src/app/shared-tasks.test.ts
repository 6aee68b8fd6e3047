import { afterEach, describe, expect, test, vi } from 'vitest';
import type { OutgoingMessage } from '../protocol/index.ts';
import type { Transport } from '../transports/index.ts';
import { isBuiltin } from './builtin/builtin-task.ts';
import type { Celery } from './celery.ts';
import type { TaskContext } from './context.ts';

/** The modules anew: what is shared, and which apps were made, is known for as long as a thread lives. */
async function fresh() {
  vi.resetModules();
  const { Celery } = await import('./celery.ts');
  const { currentApp } = await import('./current-app.ts');
  const { setRuntime } = await import('./runtime.ts');
  const { sharedTask } = await import('./shared-tasks.ts');

  const published: OutgoingMessage[] = [];
  const publish = async (messages: readonly OutgoingMessage[]) => void published.push(...messages);
  const transport = { publish, close: async () => {} } as unknown as Transport;
  const runtime = { isHosted: false, openTransport: async () => transport };
  setRuntime(runtime);
  const make = (name: string) => new Celery(name, { broker: 'redis://', taskDefaultQueue: name });
  const ping = sharedTask({ name: 'lib.ping' }, (text: string) => `pong ${text}`);
  return { make, currentApp, setRuntime, runtime, sharedTask, ping, published };
}

const queuesOf = (published: readonly OutgoingMessage[]) => published.map(({ queue }) => queue);

afterEach(() => vi.resetModules());

describe('a shared task', () => {
  test('is in apps made before it and after it', async () => {
    const { make, sharedTask } = await fresh();
    const before = make('before');
    expect(before.tasks.has('lib.late')).toBe(false);

    sharedTask({ name: 'lib.late' }, () => {});

    const own = (app: Celery) => [...app.tasks.keys()].filter((name) => !isBuiltin(name));
    expect(own(before)).toEqual(['lib.ping', 'lib.late']);
    expect(own(make('after'))).toEqual(['lib.ping', 'lib.late']);
  });

  test('is sent by the only app there is, with all that the app says', async () => {
    const { make, ping, published } = await fresh();
    make('only');

    await ping.delay('a');
    await ping.s('b').applyAsync();

    expect(published.map(({ headers }) => headers['task'])).toEqual(['lib.ping', 'lib.ping']);
    expect(queuesOf(published)).toEqual(['only', 'only']);
  });

  test('needs an app to be sent, and one that is chosen if there are several', async () => {
    const { make, ping, published } = await fresh();
    await expect(ping.delay('a')).rejects.toThrow("make one first: new Celery('name')");
    const [, two] = [make('one'), make('two')];
    await expect(ping.delay('a')).rejects.toThrow('call setDefault() on the one that is meant');

    two.setDefault();
    await ping.delay('a');

    expect(queuesOf(published)).toEqual(['two']);
  });

  test('is sent by the app of the task that runs', async () => {
    const { make, ping, published, runtime, setRuntime, currentApp } = await fresh();
    const [one, two] = [make('one'), make('two')];
    two.setDefault();
    const run = {
      context: {} as TaskContext,
      app: one,
      id: 'i',
      name: 'n',
      rootId: 'r',
      addChild: () => {},
    };
    setRuntime({ ...runtime, currentTask: () => run });

    await ping.delay('a');

    expect(currentApp()).toBe(one);
    expect(queuesOf(published)).toEqual(['one']);
  });

  test('gives way to an own task of its name, whichever came first', async () => {
    const { make, sharedTask } = await fresh();
    const app = make('app');
    const early = app.task({ name: 'lib.ping' }, () => 'own');
    const late = app.task({ name: 'lib.second' }, () => 'own');
    sharedTask({ name: 'lib.second' }, () => 'shared');

    expect(app.tasks.get('lib.ping')).toBe(early);
    expect(app.tasks.get('lib.second')).toBe(late);
  });

  test('needs a whole name of its own', async () => {
    const { sharedTask } = await fresh();
    const anonymous = sharedTask as unknown as (fn: () => void) => void;

    expect(() => anonymous(function mail() {})).toThrow("sharedTask({ name: 'library.mail' }, fn)");
    expect(() => sharedTask({ name: 'lib.ping' }, () => {})).toThrow(
      "two shared tasks are named 'lib.ping'",
    );
  });
});

describe('the registry of an app', () => {
  test("takes another app's task as one of its own", async () => {
    const { make } = await fresh();
    const [one, two] = [make('one'), make('two')];
    const add = one.task({ name: 'add', maxRetries: 7 }, (a: number, b: number) => a + b);

    const own = two.registerTask(add);

    expect(own.app).toBe(two);
    expect(two.tasks.get('add')).toBe(own);
    expect([own.options.maxRetries, own.run(1, 2)]).toEqual([7, 3]);
    expect(two.registerTask(own)).toBe(own);
    expect(() => two.registerTask(add)).toThrow("two tasks are named 'add'");
  });

  test('has a shared task already', async () => {
    const { make, ping } = await fresh();
    const app = make('app');

    expect(app.registerTask(ping)).toBe(app.tasks.get('lib.ping'));
  });

  test('forgets a task, a shared one for this app alone', async () => {
    const { make } = await fresh();
    const [one, two] = [make('one'), make('two')];

    one.unregisterTask('lib.ping');

    expect(one.tasks.has('lib.ping')).toBe(false);
    expect(two.tasks.has('lib.ping')).toBe(true);
    expect(() => one.unregisterTask('lib.ping')).toThrow("task 'lib.ping' is not registered");
  });
});
