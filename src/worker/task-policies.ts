import type { AckPolicy, AnyTask, CompletionPolicies, Request } from '../app/index.ts';
import type { Settings } from '../config/index.ts';

/** Answers from the task's own options, and where they are silent from the settings. */
export class TaskPolicies implements CompletionPolicies {
  readonly #tasks: ReadonlyMap<string, AnyTask>;
  readonly #settings: Settings;
  readonly #acks = new Map<string, AckPolicy>();
  readonly #byDefault: AckPolicy;

  constructor(tasks: ReadonlyMap<string, AnyTask>, settings: Settings) {
    this.#tasks = tasks;
    this.#settings = settings;
    this.#byDefault = {
      acksLate: settings.taskAcksLate,
      acksOnFailureOrTimeout: settings.taskAcksOnFailureOrTimeout,
      rejectOnWorkerLost: settings.taskRejectOnWorkerLost,
      deliveryLimit: settings.taskDeliveryLimit,
    };
    for (const [name, task] of tasks) {
      const { acksLate, acksOnFailureOrTimeout, rejectOnWorkerLost } = task.options;
      this.#acks.set(name, {
        ...this.#byDefault,
        ...(acksLate === undefined ? {} : { acksLate }),
        ...(acksOnFailureOrTimeout === undefined ? {} : { acksOnFailureOrTimeout }),
        ...(rejectOnWorkerLost === undefined ? {} : { rejectOnWorkerLost }),
      });
    }
  }

  get deliveryLimit(): number {
    return this.#settings.taskDeliveryLimit;
  }

  isKnown(task: string): boolean {
    return this.#tasks.has(task);
  }

  acks(task: string): AckPolicy {
    return this.#acks.get(task) ?? this.#byDefault;
  }

  /** The sender's word counts first. */
  ignoresResult(request: Request): boolean {
    const own = this.#tasks.get(request.task)?.options.ignoreResult;
    return request.ignoreResult ?? own ?? this.#settings.taskIgnoreResult;
  }

  ignoresError(request: Request): boolean {
    if (!this.ignoresResult(request)) return false;
    const own = this.#tasks.get(request.task)?.options.storeErrorsEvenIfIgnored;
    return !(own ?? this.#settings.taskStoreErrorsEvenIfIgnored);
  }

  trails(task: string): boolean {
    return this.#tasks.get(task)?.options.trail ?? true;
  }

  /** How many characters of a task's result the log shows. */
  shownMax(task: string): number {
    return this.#tasks.get(task)?.options.resultreprMaxsize ?? 1024;
  }
}
