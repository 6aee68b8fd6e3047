import { AsyncLocalStorage } from 'node:async_hooks';
import type { ResultTuple } from '../../protocol/index.ts';
import type { App } from '../app.ts';
import type { TaskContext } from '../context.ts';
import { MemberIds } from './member-ids.ts';

/** One run of a task, while it runs. What it sends becomes its children. */
export class RunningTask {
  readonly app: App;
  readonly id: string;
  readonly name: string;
  readonly priority: number;
  readonly children: ResultTuple[] = [];
  readonly #rootOf: () => string;
  readonly #contextOf: () => TaskContext;
  #context: TaskContext | undefined;
  #memberIds: MemberIds | undefined;
  readonly #trail: boolean;
  #controller: AbortController | undefined;
  #abortReason: Error | undefined;

  /** @param task - `trail`: whether what it sends is noted; default true. */
  constructor(task: {
    app: App;
    id: string;
    name: string;
    rootOf: () => string;
    contextOf: () => TaskContext;
    priority?: number;
    trail?: boolean;
  }) {
    this.app = task.app;
    this.id = task.id;
    this.name = task.name;
    this.priority = task.priority ?? 0;
    this.#rootOf = task.rootOf;
    this.#contextOf = task.contextOf;
    this.#trail = task.trail ?? true;
  }

  get rootId(): string {
    return this.#rootOf();
  }

  /** Made when it is first asked for: most tasks never do. */
  get context(): TaskContext {
    this.#context ??= this.#contextOf();
    return this.#context;
  }

  /** Made when it first adds to its chord. */
  get memberIds(): MemberIds {
    this.#memberIds ??= new MemberIds();
    return this.#memberIds;
  }

  addChild(child: ResultTuple): void {
    if (this.#trail) this.children.push(child);
  }

  /** Made when the task first asks for it: most never do. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#abortReason) this.#controller.abort(this.#abortReason);
    }
    return this.#controller.signal;
  }

  /** Whether it was told to stop. */
  get isAborted(): boolean {
    return this.#abortReason !== undefined;
  }

  abort(reason: Error): void {
    this.#abortReason = reason;
    this.#controller?.abort(reason);
  }
}

/** The run that the current code belongs to, across its awaits. */
export const currentRun = new AsyncLocalStorage<RunningTask>();
