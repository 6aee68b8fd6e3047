import type { AckPolicy, AnyTask, Request } from '../app/index.ts';
import type { ResultBackend } from '../backends/index.ts';
import type { Settings } from '../config/index.ts';

/** Answers from the task's own options, and where they are silent from the settings. */
export class TaskPolicies {
  readonly backend: ResultBackend | null;
  readonly #tasks: ReadonlyMap<string, AnyTask>;
  readonly #settings: Settings;
  readonly #acks = new Map<string, AckPolicy>();
  readonly #byDefault: AckPolicy;

  /** @param backend - null: results are off. */
  constructor(
    tasks: ReadonlyMap<string, AnyTask>,
    settings: Settings,
    backend: ResultBackend | null,
  ) {
    this.#tasks = tasks;
    this.#settings = settings;
    this.backend = backend;
    this.#byDefault = {
      acksLate: settings.taskAcksLate,
      acksOnFailureOrTimeout: settings.taskAcksOnFailureOrTimeout,
      rejectOnWorkerLost: settings.taskRejectOnWorkerLost,
      deliveryLimit: settings.taskDeliveryLimit,
    };
    for (const [name, task] of tasks) {
      const acksLate = task.options.acksLate ?? settings.taskAcksLate;
      this.#acks.set(name, { ...this.#byDefault, acksLate });
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
}
