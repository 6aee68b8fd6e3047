import type { AnyTask, App } from '../app.ts';
import { type BindOptions, bindArguments } from '../bind.ts';
import { declaredParameters, type Parameters } from '../parameters.ts';
import type { ResolvedTaskOptions } from '../resolved-options.ts';
import type { RunContext } from '../run/run-context.ts';
import { type DefinedOptions, resolveTaskOptions } from '../task-options.ts';

/** A task that every worker has, since other Celery clients and workers send it. */
export interface Builtin {
  /** Begins with `celery.`. */
  readonly name: string;
  /** As in the option of tasks; what else is given by name is passed over, as Celery does. null: it takes args and kwargs as they are. */
  readonly params: readonly string[] | null;
  readonly options?: DefinedOptions;
  run(context: RunContext, ...args: readonly unknown[]): unknown;
}

type Kwargs = Readonly<Record<string, unknown>>;

/** One of Celery's own tasks, as a task of an app. Apps share the names: an own task of the same name takes its place. */
export class BuiltinTask implements AnyTask {
  readonly app: App;
  readonly name: string;
  readonly options: ResolvedTaskOptions;
  readonly meta = Object.freeze({});
  readonly isShared = true;
  readonly #builtin: Builtin;
  readonly #parameters: Parameters | null;

  constructor(builtin: Builtin, app: App) {
    this.app = app;
    this.name = builtin.name;
    this.options = resolveTaskOptions({ ...builtin.options, bind: true });
    this.#builtin = builtin;
    this.#parameters = builtin.params && declaredParameters(builtin.params);
  }

  forApp(app: App): BuiltinTask {
    return new BuiltinTask(this.#builtin, app);
  }

  bindArguments(args: readonly unknown[], kwargs: Kwargs, options: BindOptions): unknown[] {
    const parameters = this.#parameters;
    if (!parameters) return [args, kwargs];
    const names = new Set(parameters.named.map(({ name }) => name));
    const known = Object.entries(kwargs).filter(([name]) => names.has(name));
    const target = { task: this.name, parameters: () => parameters };
    return bindArguments(target, args, Object.fromEntries(known), options);
  }

  validateArguments(bound: readonly unknown[]): readonly unknown[] {
    return bound;
  }

  run(context: unknown, ...args: unknown[]): unknown {
    return this.#builtin.run(context as RunContext, ...args); // as the runner makes them
  }
}

/** Whether a task is one that nobody lists: Celery's own. */
export function isBuiltin(name: string): boolean {
  return name.startsWith('celery.');
}
