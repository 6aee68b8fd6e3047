import { randomUUID } from 'node:crypto';
import type { ResultBackend, ResultReader } from '../backends/index.ts';
import {
  type AnyStep,
  type CallOptions,
  type Extras,
  type Frozen,
  type Handed,
  type Handles,
  handleOf,
  type PlannedTask,
  type Sendable,
  type Sender,
  type SendManyOptions,
  type SendOptions,
  type Sent,
  sendAll,
  sendCall,
} from '../canvas/index.ts';
import type { ExplainedSetting, Settings, SettingsOptions } from '../config/index.ts';
import { ConfigError } from '../errors.ts';
import type { OutgoingMessage, SignatureData } from '../protocol/index.ts';
import type { AsyncResult, GroupResult } from '../results/index.ts';
import type { Transport } from '../transports/index.ts';
import type { Millis } from '../util/index.ts';
import type { AnyTask, App } from './app.ts';
import { AppParts } from './app-parts.ts';
import type { CeleryOptions } from './celery-options.ts';
import { type ConfigInput, type ConfigOptions, Configuration } from './configuration.ts';
import type { TaskHooks } from './context.ts';
import { chooseApp, noteApp } from './current-app.ts';
import { DeadLetterOffice } from './dead-letters.ts';
import { DefaultImports } from './default-imports.ts';
import type { DefineAppTask } from './define-task.ts';
import type { PlacesToLook } from './discover-modules.ts';
import { checkHooks } from './hooks.ts';
import { type MakeSignature, makeSignature, type SignatureParts } from './named-signature.ts';
import type { AnyResult } from './result-handles.ts';
import type { Router } from './routing/router.ts';
import { openSecurity, type SecurityOptions } from './security/security.ts';
import { TaskRegistry } from './task-registry.ts';
import { Wiring, type WiringParts } from './wiring.ts';

/** See `rewireApp`. */
let rewire: typeof rewireApp;

/** An app: its tasks, its settings, and the sending of both. Making one opens and reads nothing. */
export class Celery implements App, Sender, AsyncDisposable {
  readonly name: string | undefined;
  /** Names this app among those that wait for results. */
  readonly replyTo: string = randomUUID();
  readonly newId: () => string = randomUUID;
  /** What workers have given up. */
  readonly deadLetters = new DeadLetterOffice(this);
  readonly #registry = new TaskRegistry(this);
  readonly #imports = new DefaultImports();
  readonly #configuration: Configuration;
  #hooks: readonly TaskHooks[] = [];
  #security: App['security'];
  readonly #parts = new AppParts(this, {
    ...{ wiring: () => this.#wiring, auth: () => this.#security?.auth },
  });
  #wiring = new Wiring({ settings: () => this.#configuration.settings, replyTo: this.replyTo });

  static {
    rewire = (app, overrides, parts) => {
      const before = app.#wiring;
      const settings = app.#configuration.settingsWith(overrides(before.settings));
      let isOver = false;
      const current = () => {
        if (!isOver) return settings;
        throw new ConfigError('what was sent through a test kit is gone once the kit is closed');
      };
      app.#wiring = new Wiring({ ...parts, replyTo: app.replyTo, settings: current });
      return () => {
        isOver = true;
        app.#wiring = before;
      };
    };
  }

  /** @param name - the first part of the names of its tasks. */
  constructor(name?: string, options: CeleryOptions = {}) {
    if (name !== undefined && (typeof name !== 'string' || name === '')) {
      throw new ConfigError(`the name of an app must be a text, got '${String(name)}'`);
    }
    this.name = name;
    const { config, ...settings } = options;
    this.#configuration = new Configuration(settings, process.env);
    if (config !== undefined) this.configFromObject(config);
    noteApp(this);
  }

  /** The settings that hold, read when first asked for. @throws ConfigError listing every problem, ModuleLoadError */
  get settings(): Settings {
    return this.#wiring.settings;
  }

  /** Every setting with its value and where that is from. @throws ConfigError, ModuleLoadError */
  explainSettings(): readonly ExplainedSetting[] {
    return this.#configuration.explain();
  }

  /**
   * Takes settings from a module ('./celeryconfig.ts', 'config.ts:name') or an object, in Celery's spellings or
   * ours. They are weaker than what `new Celery()` was given, and are read when first needed.
   * @throws ConfigError once the settings were read.
   */
  configFromObject(config: ConfigInput, options: ConfigOptions = {}): void {
    this.#configuration.configure(config, options);
  }

  /**
   * From here on signs what it sends, and reads only what somebody in the certificate store has signed. It reads the
   * settings and those files: configure the app before. @throws ConfigError for what of it cannot be used
   */
  setupSecurity(options: SecurityOptions = {}): void {
    this.#security = openSecurity(options, this.settings);
  }

  get security(): App['security'] {
    return this.#security;
  }

  get tasks(): ReadonlyMap<string, AnyTask> {
    return this.#registry.tasks;
  }

  get hooks(): readonly TaskHooks[] {
    return this.#hooks;
  }

  /** Has these called around every task of this app, inside of those that were given before. @throws ConfigError */
  use(hooks: TaskHooks): void {
    checkHooks(hooks);
    this.#hooks = [...this.#hooks, { ...hooks }];
  }

  /**
   * Makes a task of a function, named `<app>.<function>` or as `options.name` says.
   * @throws TaskInvalidError without a name, or when it is taken
   */
  readonly task = ((...made: Parameters<TaskRegistry['define']>) =>
    this.#registry.define(...made)) as DefineAppTask;

  /**
   * Makes a task that was defined elsewhere, for another app or as a shared one, a task of this app.
   * @returns this app's task, which is not the one given; @throws TaskInvalidError when its name is taken
   */
  registerTask<Any extends AnyTask>(task: Any): Any {
    return this.#registry.register(task) as Any;
  }

  /** Forgets a task, so that this app's workers do not know it. @throws NotRegisteredError */
  unregisterTask(name: string): void {
    this.#registry.unregister(name);
  }

  /**
   * Has workers look for task modules: `<folder>/tasks.ts` in each folder (or `.js`, or `tasks/index.ts`). Nothing is read
   * before modules are loaded, by a worker, a command or `importDefaultModules`; programs that only send do not need it.
   * @param places - folders, files or glob patterns of either, from the working directory: 'src/orders', 'src/*',
   *   'src/**\/tasks.ts'; or a function that gives them.
   */
  autodiscoverTasks(
    places: PlacesToLook,
    { relatedName = 'tasks' }: { readonly relatedName?: string | null } = {},
  ): void {
    this.#imports.add({ places, relatedName });
  }

  /**
   * Loads the task modules that the settings `imports` and `include` name, those of `include` here, and those that
   * `autodiscoverTasks` finds. Workers and commands do it after the module of -A. A module that is loaded already stays.
   * @throws ModuleLoadError with file, line and cause
   */
  async importDefaultModules(
    more: { readonly include?: readonly string[] | undefined } = {},
  ): Promise<void> {
    await this.#imports.load(this.settings, more.include ?? []);
  }

  /** Makes this the app in use wherever no task runs: that of shared tasks and of `currentApp()`. */
  setDefault(): void {
    chooseApp(this);
  }

  /** Sends a task that lives elsewhere, by name. */
  async sendTask<Result = unknown>(
    name: string,
    args: readonly unknown[] = [],
    options: CallOptions<Handed<Result>> = {},
  ): Promise<AsyncResult<Result>> {
    return handleOf(await sendCall(this.signature(name, args), options));
  }

  /**
   * Sends many calls in one round trip: all or none of them. More than 2,000 go in batches of so many, one after the
   * other, each with the deadline to itself.
   * @param options - said of all of them, over what they say themselves.
   * @throws PartlySentError if a batch after the first is not sent
   */
  async sendMany<const Steps extends readonly AnyStep[]>(
    signatures: Steps & Sendable<Steps>,
    options: SendManyOptions = {},
  ): Promise<Handles<Steps>> {
    return sendAll<Steps>(signatures, options, (...all) => this.#parts.sending.sendMany(...all));
  }

  /** A signature of a task that lives elsewhere, by its name, or of any kind, from JSON. */
  readonly signature = ((...parts: SignatureParts) => makeSignature(this, parts)) as MakeSignature;

  /** The handle on a result, by the task's id. */
  asyncResult<Result = unknown>(id: string): AsyncResult<Result> {
    return this.#parts.handles.ofTask(id);
  }

  /** The handle that `asTuple()` or JSON of one says, here or in Python. @throws DecodeError */
  resultFromTuple(tuple: unknown): AnyResult {
    return this.#parts.handles.fromTuple(tuple);
  }

  /** The handle of a group that was kept with `save()`, here or in Python; undefined if there is none. */
  restoreGroup<Results extends readonly unknown[] = unknown[]>(
    id: string,
  ): Promise<GroupResult<Results> | undefined> {
    return this.#parts.handles.restoreGroup(id);
  }

  /** Publishes what a signature comes to. Called by tasks and signatures. */
  send(signature: SignatureData, extras: Extras, options: SendOptions): Promise<Sent> {
    return this.#parts.sending.send(signature, extras, options);
  }

  /** Runs what a signature comes to. Called by tasks and signatures. */
  apply(
    signature: SignatureData,
    extras: Extras,
    options: { readonly throw?: boolean | undefined },
  ): Promise<Sent> {
    return this.#parts.sending.apply(signature, extras, options);
  }

  /** Gives a signature its ids. Called by signatures. */
  freeze(signature: SignatureData): Frozen {
    return this.#parts.sending.freeze(signature);
  }

  /** The messages of planned tasks, with what their tasks and the settings say. Opens nothing. */
  compose(planned: readonly PlannedTask[], nowMs?: Millis): OutgoingMessage[] {
    return this.#parts.sending.compose(planned, nowMs);
  }

  /** The queues that there are, and where tasks go. @throws ConfigError, ModuleLoadError */
  get router(): Router {
    return this.#wiring.router;
  }

  /** The connection to the broker that messages are sent to; opened when first used. */
  transport(): Promise<Transport> {
    return this.#wiring.connections.transport();
  }

  /** The connection to the broker that workers take messages from: mostly the same. */
  source(): Promise<Transport> {
    return this.#wiring.connections.source();
  }

  /** Where results are read; null: results are off. */
  backend(): Promise<ResultReader | null> {
    return this.#wiring.reader();
  }

  storingBackend(): Promise<ResultBackend | null> {
    return this.#wiring.connections.backend();
  }

  /** Waits for what is being sent, then disconnects; a later use connects again. Safe to call twice. */
  async close(): Promise<void> {
    await this.#wiring.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/**
 * For a test kit: gives an app other settings and connections until the function returned is called.
 * @param overrides - stronger than all that the app was given; made from the settings that hold now
 * @throws ConfigError
 */
export function rewireApp(
  app: Celery,
  overrides: (settings: Settings) => SettingsOptions,
  parts: Omit<WiringParts, 'settings' | 'replyTo'>,
): () => void {
  return rewire(app, overrides, parts);
}
