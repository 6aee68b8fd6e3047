import { hostname } from 'node:os';
import {
  type Extras,
  type Plan,
  type PlanContext,
  type PlannedTask,
  plan,
  type SendOptions,
  type Sent,
} from '../canvas/index.ts';
import type { Settings } from '../config/index.ts';
import type { OutgoingMessage, SignatureData } from '../protocol/index.ts';
import type { Millis } from '../util/index.ts';
import type { AnyTask } from './app.ts';
import { checkArguments } from './check-arguments.ts';
import type { EagerCalls } from './eager-calls.ts';
import { buildMessage, ignoresResult } from './message.ts';
import { runtime } from './runtime.ts';
import { addsToParent, deadlineOf, sentBy } from './send-calls.ts';
import type { Wiring } from './wiring.ts';

/** What sending needs of an app. */
export interface SendingParts extends PlanContext {
  readonly tasks: () => ReadonlyMap<string, AnyTask>;
  readonly wiring: () => Wiring;
  readonly eager: EagerCalls;
}

/** Who sends messages, in their `origin`. */
const origin = `gen${process.pid}@${hostname()}`;

/** An app's way from signatures to messages that the broker has. */
export class Sending {
  readonly #parts: SendingParts;

  constructor(parts: SendingParts) {
    this.#parts = parts;
  }

  /** Publishes what a signature comes to, or runs it where tasks are always eager. */
  async send(signature: SignatureData, extras: Extras, options: SendOptions): Promise<Sent> {
    const deadlineMs = deadlineOf(options);
    const current = runtime().currentTask?.();
    const { eager, wiring } = this.#parts;
    const planned = await this.#plan(signature, extras);
    const isIgnored = this.#isIgnored(planned);
    if (eager.takes(planned)) return { ...(await eager.run(planned)), isIgnored };
    const sentMs = performance.now();
    const { producer, reader } = wiring();
    await producer.send(this.compose(planned.tasks), { deadlineMs, signal: options.signal });
    if (current && addsToParent(planned)) current.addChild(planned.result);
    return { result: planned.result, reader, isIgnored, sentMs };
  }

  /** Runs what a signature comes to. */
  async apply(
    signature: SignatureData,
    extras: Extras,
    options: { readonly throw?: boolean | undefined },
  ): Promise<Sent> {
    return this.#parts.eager.run(await this.#plan(signature, extras), options.throw);
  }

  /** The messages of planned tasks, with what their tasks and the settings say. Opens nothing. */
  compose(planned: readonly PlannedTask[], givenMs?: Millis): OutgoingMessage[] {
    const { settings, router, clock } = this.#parts.wiring();
    const nowMs = givenMs ?? clock.now();
    const parentPriority = inheritedPriority(settings);
    const tasks = this.#parts.tasks();
    return planned.map((each) => {
      const task = tasks.get(each.task);
      return buildMessage(each, { settings, router, nowMs, origin, task, parentPriority });
    });
  }

  async #plan(signature: SignatureData, extras: Extras): Promise<Plan> {
    const current = runtime().currentTask?.();
    const planned = plan(signature, this.#parts, current ? sentBy(current, extras) : extras);
    const { settings } = this.#parts.wiring();
    const checked = checkArguments(planned.tasks, { tasks: this.#parts.tasks(), settings });
    if (checked) await checked;
    return planned;
  }

  #isIgnored({ ends }: Plan): boolean {
    const { settings } = this.#parts.wiring();
    const tasks = this.#parts.tasks();
    return (
      ends.length > 0 &&
      ends.every(({ task, options }) => ignoresResult(options, { settings, task: tasks.get(task) }))
    );
  }
}

/** That of the task that runs here, if what it sends is to have the same. */
function inheritedPriority({ taskInheritParentPriority }: Settings): number | undefined {
  return taskInheritParentPriority ? runtime().currentTask?.()?.priority : undefined;
}
