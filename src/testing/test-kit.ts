import { randomUUID } from 'node:crypto';
import { type Celery, rewireApp, type Task } from '../app/index.ts';
import { addMemoryStore, dropMemoryStore } from '../drivers/memory/index.ts';
import { ConfigError, NotRegisteredError } from '../errors.ts';
import { AsyncResult } from '../results/index.ts';
import { openTransport } from '../transports/index.ts';
import { Faults } from './faults.ts';
import { type TestAppOptions, testSettings } from './options.ts';
import { type SentTask, SentTasks } from './sent-tasks.ts';
import { type Span, spanToMs } from './span.ts';
import { Stage } from './stage.ts';
import { type RunState, type TaskRun, TaskRuns } from './task-runs.ts';
import { loggedAt, startTestEngine, type TestEngine } from './test-engine.ts';
import { VirtualTime } from './virtual-time.ts';
import { findIn, stuckError } from './waited-for.ts';
import { type StoreWatch, watchTransport } from './watched-stores.ts';

/** Apps that have a kit now. */
const occupied = new WeakSet<Celery>();

/**
 * Puts an app on a store of its own in memory, with a clock that stands still, until the kit is closed. Nothing of
 * the app is replaced but its settings: what it sends are real messages, and a real worker runs them in this thread.
 * @throws ConfigError for settings that cannot be, or an app that has a kit already
 */
export function createTestApp(app: Celery, options: TestAppOptions = {}): TestKit {
  if (occupied.has(app)) {
    throw new ConfigError(
      'the app has a test kit already; close that one first: await kit.close()',
    );
  }
  return new TestKit(app, options);
}

/** An app under test: runs its tasks when told to, moves its clock, and knows what was sent. */
export class TestKit implements AsyncDisposable {
  readonly #app: Celery;
  readonly #time: VirtualTime;
  readonly #sent: SentTasks;
  readonly #runs: TaskRuns;
  readonly #faults = new Faults();
  readonly #queues: string[] = [];
  readonly #engine: Promise<TestEngine>;
  readonly #stage: Stage;
  readonly #restore: () => Promise<void>;
  #closing: Promise<void> | undefined;

  /** Users call `createTestApp`. */
  constructor(app: Celery, options: TestAppOptions) {
    this.#app = app;
    this.#sent = new SentTasks(app);
    this.#time = new VirtualTime((options.now ?? new Date()).getTime());
    const store = addMemoryStore(`test-${randomUUID()}`, this.#time);
    const watch = this.#watch();
    const restore = rewireApp(app, (own) => testSettings(store.url, options.settings ?? {}, own), {
      clock: this.#time,
      openers: {
        openTransport: async (url, given) => watchTransport(await openTransport(url, given), watch),
      },
    });
    occupied.add(app);
    this.#restore = async () => {
      await app.close();
      restore();
      dropMemoryStore(store);
      occupied.delete(app);
    };
    const { logLevel } = options;
    this.#runs = new TaskRuns(app, logLevel && loggedAt(app, logLevel, this.#time));
    const { queues } = app.router;
    const shared = queues.all.filter(({ isBroadcast }) => !isBroadcast);
    this.#note([queues.defaultQueue, ...shared.map(({ name }) => name)]);
    this.#engine = startTestEngine({
      ...{ app, url: store.url, time: this.#time, watch, queues: this.#queues },
      ...{ log: this.#runs, logLevel },
    });
    this.#engine.catch(() => {}); // told to who runs something
    this.#stage = new Stage(
      {
        ...{ engine: this.#engine, time: this.#time, queues: this.#queues },
        countRuns: () => this.#runs.all.length,
        maxRuns: options.maxRuns ?? 10_000,
      },
      options.autorun ?? false,
    );
  }

  /** The time by the kit's clock. Build instants from it: `new Date(kit.now.getTime() + 5_000)`. */
  get now(): Date {
    return new Date(this.#time.now());
  }

  /**
   * Runs all tasks that are due, and those that they send, until nothing is left. The clock stands still.
   * @returns what was tried, in its order
   * @throws TestStuckError for tasks that send themselves for ever
   */
  async drain(): Promise<readonly TaskRun[]> {
    return this.#noting(async () => void (await this.#stage.run()));
  }

  /**
   * Moves the clock on, and runs what is due now and what becomes due on the way, each at its time.
   * @param span - seconds, `{ hours: 2 }`, or a text such as `'2h'` or `'1h 30m'`
   * @returns what was tried, in its order
   */
  async advance(span: Span): Promise<readonly TaskRun[]> {
    const ms = spanToMs(span);
    return this.#noting(() => this.#stage.advance(ms));
  }

  /**
   * Runs tasks until one of this kind, or the very one that was sent, has come to a state; at once if it has.
   * @param state - one of Celery's, or one that the task stores itself
   * @returns the last of its tries that came to it
   * @throws TestStuckError once nothing is left to run at this time
   */
  waitFor<Params extends readonly unknown[], Result>(
    target: Task<Params, Result> | AsyncResult<Result>,
    state?: RunState | (string & {}),
  ): Promise<TaskRun<Result>>;
  waitFor(target: string, state?: RunState | (string & {})): Promise<TaskRun>;
  async waitFor(
    target: { readonly name: string } | AsyncResult<unknown> | string,
    state = 'SUCCESS',
  ): Promise<TaskRun> {
    const wanted =
      target instanceof AsyncResult ? { id: target.id, state } : { task: nameOf(target), state };
    const { backend } = await this.#engine;
    const place = { runs: this.#runs, sent: this.#sent, backend };
    let found: TaskRun | undefined;
    await this.#stage.run(async () => {
      found = await findIn(place, wanted);
      return found !== undefined;
    });
    if (found) return found;
    throw stuckError(place, wanted, this.#time);
  }

  /** What was sent so far, in its order, by whomever; further tries of a task are not sent but retried. */
  sent<Params extends readonly unknown[], Result>(
    task: Task<Params, Result>,
  ): readonly SentTask<Params>[];
  sent(task?: string): readonly SentTask[];
  sent(task?: { readonly name: string } | string): readonly SentTask[] {
    if (task === undefined) return [...this.#sent.all];
    const name = nameOf(task);
    return this.#sent.all.filter((each) => each.task === name);
  }

  /**
   * The next run's worker is lost once the function has returned, before anything of it was written down: so the
   * task is delivered again, as every broker may do.
   * @param task - any task if not given
   * @throws ConfigError for a task that is acked early, which is never delivered twice
   */
  duplicateNext(task?: { readonly name: string } | string): void {
    const name = task === undefined ? undefined : this.#known(task);
    if (name !== undefined && !this.#isLate(name)) {
      throw new ConfigError(
        `task '${name}' is acked before it runs, so it is never delivered twice; it needs acksLate: true`,
      );
    }
    this.#faults.duplicateNext(name);
  }

  /** The next run of the task fails with the error, which its function may as well have thrown: it is not called. */
  failNext(task: { readonly name: string } | string, error: unknown): void {
    this.#faults.failNext(this.#known(task), error);
  }

  /** Aborts what runs, forgets everything, and gives the app its own settings back. Safe to call twice. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    const engine = await this.#engine.catch(() => undefined);
    await engine?.stop();
    await this.#restore();
  }

  async #noting(work: () => Promise<void>): Promise<readonly TaskRun[]> {
    const before = this.#runs.all.length;
    await work();
    return this.#runs.all.slice(before);
  }

  /** @throws NotRegisteredError */
  #known(task: { readonly name: string } | string): string {
    const name = nameOf(task);
    if (!this.#app.tasks.has(name)) throw new NotRegisteredError(name);
    return name;
  }

  #watch(): StoreWatch {
    return {
      faults: this.#faults,
      clock: this.#time,
      isOpen: () => this.#stage.isOpen,
      isLate: (task) => this.#isLate(task),
      onSending: (messages) => {
        const names = messages.flatMap(({ queue, route }) =>
          route ? route.declare.map((spec) => spec.name) : [queue],
        );
        this.#note(names);
      },
      onSent: (messages) => this.#sent.note(messages),
      onWritten: (tags) => this.#runs.noteWritten(tags),
    };
  }

  /** Queues to serve from now on. */
  #note(queues: readonly string[]): void {
    for (const name of queues) if (!this.#queues.includes(name)) this.#queues.push(name);
  }

  #isLate(task: string): boolean {
    const own = this.#app.tasks.get(task)?.options.acksLate;
    return own ?? this.#app.settings.taskAcksLate;
  }
}

function nameOf(task: { readonly name: string } | string): string {
  return typeof task === 'string' ? task : task.name;
}
