import type { Settings } from '../../config/index.ts';
import type { AnyTask } from '../app.ts';
import type { Request } from './request.ts';
import type { AckPolicy } from './settlement.ts';
import type { CompletionPolicies } from './stored-states.ts';

/** Answers from the task's own options, and where they are silent from the settings. */
export class TaskPolicies implements CompletionPolicies {
  readonly #tasks: ReadonlyMap<string, AnyTask>;
  readonly #settings: Settings;
  readonly #acks = new Map<AnyTask, AckPolicy>();
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
  }

  get deliveryLimit(): number {
    return this.#settings.taskDeliveryLimit;
  }

  get inheritsPriority(): boolean {
    return this.#settings.taskInheritParentPriority;
  }

  isKnown(task: string): boolean {
    return this.#tasks.has(task);
  }

  acks(name: string): AckPolicy {
    const task = this.#tasks.get(name);
    if (!task) return this.#byDefault;
    let policy = this.#acks.get(task);
    if (!policy) {
      policy = this.#acksOf(task);
      this.#acks.set(task, policy);
    }
    return policy;
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

  /** Whether what `apply` ran is stored as a worker would store it, if it is not ignored. */
  storesEagerly(task: string): boolean {
    const own = this.#tasks.get(task)?.options.storeEagerResult;
    return own ?? this.#settings.taskStoreEagerResult;
  }

  /** How many characters of a task's result the log shows. */
  shownMax(task: string): number {
    return this.#tasks.get(task)?.options.resultreprMaxsize ?? 1024;
  }

  #acksOf({ options }: AnyTask): AckPolicy {
    const { acksLate, acksOnFailureOrTimeout, rejectOnWorkerLost } = options;
    return {
      acksLate: acksLate ?? this.#byDefault.acksLate,
      acksOnFailureOrTimeout: acksOnFailureOrTimeout ?? this.#byDefault.acksOnFailureOrTimeout,
      rejectOnWorkerLost: rejectOnWorkerLost ?? this.#byDefault.rejectOnWorkerLost,
      deliveryLimit: this.#byDefault.deliveryLimit,
    };
  }
}
