import { hostname } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type Extras,
  type Frozen,
  freeze,
  type Plan,
  type PlanContext,
  type PlannedEnds,
  type PlannedTask,
  plan,
  type SendOptions,
  type Sent,
  type WireOptions,
} from '../canvas/index.ts';
import type { Settings } from '../config/index.ts';
import { PartlySentError } from '../errors.ts';
import type { OutgoingMessage, Serializer, SignatureData } from '../protocol/index.ts';
import type { ResultHost } from '../results/index.ts';
import type { Millis } from '../util/index.ts';
import type { AnyTask } from './app.ts';
import { beginChords, beginsChords } from './begin-chords.ts';
import { checkArguments } from './check-arguments.ts';
import type { EagerCalls } from './eager-calls.ts';
import { buildMessage, ignoresResult } from './message.ts';
import { LargeBodies } from './payload-limit.ts';
import type { OwnTerms, Producer } from './producer.ts';
import { hasRetryOptions, publishRetryOf } from './publish-retry.ts';
import { type CurrentTask, runtime } from './runtime.ts';
import { addsToParent, deadlineOf } from './send-calls.ts';
import { getTaskLogger } from './task-logger.ts';
import type { Wiring } from './wiring.ts';

/** What sending needs of an app. */
export interface SendingParts extends PlanContext {
  readonly tasks: () => ReadonlyMap<string, AnyTask>;
  readonly wiring: () => Wiring;
  readonly eager: EagerCalls;
  /** That of signed messages, if the app signs. */
  readonly auth: () => Serializer | undefined;
  /** What handles need of the app. */
  readonly host: ResultHost;
}

/** How many calls travel in one batch: what they are written as is in memory until they are sent. */
const BATCH_CALLS = 2_000;

/** How many messages are signed in one turn of the event loop, at a millisecond or so each. */
const SIGNED_AT_ONCE = 5;

/** Who sends messages, in their `origin`. */
const origin = `gen${process.pid}@${hostname()}`;

/** An app's way from signatures to messages that the broker has. */
export class Sending {
  readonly #parts: SendingParts;
  readonly #largeBodies = new LargeBodies(getTaskLogger('celeriac.app'));

  constructor(parts: SendingParts) {
    this.#parts = parts;
  }

  /** Publishes what a signature comes to, or runs it where tasks are always eager. */
  async send(signature: SignatureData, extras: Extras, options: SendOptions): Promise<Sent> {
    const current = runtime().currentTask?.();
    const { eager } = this.#parts;
    const first = this.#plan(signature, extras, current);
    const checked = this.#check(first);
    if (checked) await checked;
    const planned = first.chords?.length ? await this.#counted(first, signature, extras) : first;
    const ignored = this.#ignored(planned);
    if (eager.takes(planned)) {
      options.signal?.throwIfAborted();
      return { ...(await eager.run(planned)), ignored };
    }
    const sentMs = performance.now();
    const { producer, reader, settings } = this.#parts.wiring();
    const terms = termsOf(planned.tasks[0]?.options, options, settings);
    if (beginsChords(planned)) await this.#publishChords([planned], { producer, terms });
    else await this.#publish(planned.tasks, { producer, terms });
    if (current && addsToParent(planned)) current.addChild(planned.child ?? planned.result);
    const { host } = this.#parts;
    return { result: planned.result, reader, host, ignored, sentMs, ends: planned.ends };
  }

  /**
   * Publishes what signatures come to: up to `BATCH_CALLS` of them in one round trip, all or none, and more in batches
   * of that many, one after the other.
   * @throws PartlySentError once a batch was sent
   */
  async sendMany(
    signatures: readonly SignatureData[],
    extras: Extras,
    options: SendOptions,
  ): Promise<Sent[]> {
    const sent: Sent[] = [];
    for (let at = 0; at < signatures.length; at += BATCH_CALLS) {
      try {
        sent.push(
          ...(await this.#sendBatch(signatures.slice(at, at + BATCH_CALLS), extras, options)),
        );
      } catch (error) {
        if (at === 0) throw error;
        throw new PartlySentError(at, signatures.length, error);
      }
    }
    return sent;
  }

  async #sendBatch(
    signatures: readonly SignatureData[],
    extras: Extras,
    options: SendOptions,
  ): Promise<Sent[]> {
    const { eager, wiring, host } = this.#parts;
    const plans: Plan[] = [];
    for (const signature of signatures) {
      plans.push(await this.#counted(await this.#checked(signature, extras), signature, extras));
    }
    const sentMs = performance.now();
    const { producer, reader, settings } = wiring();
    const published = new Set(plans.filter((each) => !eager.takes(each)));
    const terms = { ...termsOf(extras.options, options, settings), isAlone: true };
    const sends = [...published];
    if (sends.some(beginsChords)) await this.#publishChords(sends, { producer, terms });
    else {
      const tasks = sends.flatMap((each) => each.tasks);
      await this.#publish(tasks, { producer, terms });
    }
    const current = runtime().currentTask?.();
    const sent: Sent[] = [];
    for (const each of plans) {
      const ignored = this.#ignored(each);
      if (!published.has(each)) sent.push({ ...(await eager.run(each)), ignored });
      else {
        if (current && addsToParent(each)) current.addChild(each.child ?? each.result);
        const { result, ends } = each;
        sent.push({ result, reader, host, ignored, sentMs, ends });
      }
    }
    return sent;
  }

  /** Runs what a signature comes to. */
  async apply(
    signature: SignatureData,
    extras: Extras,
    options: { readonly throw?: boolean | undefined },
  ): Promise<Sent> {
    return this.#parts.eager.run(await this.#checked(signature, extras), options.throw);
  }

  /** Gives a signature and all in it their ids; sends nothing. */
  freeze(signature: SignatureData): Frozen {
    const frozen = freeze(signature, {}, this.#parts);
    const { reader } = this.#parts.wiring();
    const { host } = this.#parts;
    const { result, ends } = frozen;
    const sent = { result, reader, host, ignored: this.#ignored(frozen), ends };
    return { signature: frozen.signature, sent };
  }

  /** The messages of planned tasks, with what their tasks and the settings say. Opens nothing. */
  compose(planned: readonly PlannedTask[], givenMs?: Millis): OutgoingMessage[] {
    const { settings, router, clock } = this.#parts.wiring();
    const nowMs = givenMs ?? clock.now();
    const parentPriority = inheritedPriority(settings);
    const tasks = this.#parts.tasks();
    const auth = this.#parts.auth();
    return planned.map((each) => {
      const task = tasks.get(each.task);
      const about = { settings, router, nowMs, origin, task, auth, parentPriority };
      const message = buildMessage(each, about);
      this.#largeBodies.note(each.task, message.body.length);
      return message;
    });
  }

  /** Composed at once, messages travel with all else that is sent in this turn; to sign many takes turns of its own. */
  #publish(
    planned: readonly PlannedTask[],
    { producer, terms }: { readonly producer: Producer; readonly terms: OwnTerms },
  ): Promise<void> {
    if (!this.#takesTime(planned)) return producer.send(this.compose(planned), terms);
    return producer.during(async () =>
      producer.send(await this.#composeInTurns(planned, terms.signal), terms),
    );
  }

  /** What can be found out is, before anything is kept of the chords; the deadline holds for both steps. */
  #publishChords(
    plans: readonly Plan[],
    { producer, terms }: { readonly producer: Producer; readonly terms: OwnTerms },
  ): Promise<void> {
    const tasks = plans.flatMap((each) => each.tasks);
    const { reader, settings } = this.#parts.wiring();
    const { signal, deadlineMs = settings.brokerSendTimeout * 1000 } = terms;
    return producer.during(async () => {
      const untilMs = performance.now() + deadlineMs;
      const messages = this.#takesTime(tasks)
        ? await this.#composeInTurns(tasks, signal)
        : this.compose(tasks);
      const leftMs = () => Math.max(1, untilMs - performance.now());
      const backendUrl = settings.resultBackend;
      await beginChords(plans, { reader, backendUrl, signal, deadlineMs: leftMs() });
      const isSoon = terms.deadlineMs === undefined && leftMs() > 0.9 * deadlineMs;
      // nearly all of the usual time is left: then they travel with what else is sent now
      await producer.send(messages, isSoon ? terms : { ...terms, deadlineMs: leftMs() });
    });
  }

  #takesTime(planned: readonly PlannedTask[]): boolean {
    return planned.length > SIGNED_AT_ONCE && this.#parts.auth() !== undefined;
  }

  async #composeInTurns(
    planned: readonly PlannedTask[],
    signal: AbortSignal | undefined,
  ): Promise<OutgoingMessage[]> {
    const nowMs = this.#parts.wiring().clock.now();
    const messages: OutgoingMessage[] = [];
    for (let at = 0; at < planned.length; at += SIGNED_AT_ONCE) {
      if (at > 0) await nextTurn();
      signal?.throwIfAborted();
      messages.push(...this.compose(planned.slice(at, at + SIGNED_AT_ONCE), nowMs));
    }
    return messages;
  }

  #plan(signature: SignatureData, extras: Extras, current: CurrentTask | undefined): Plan {
    return plan(signature, current ? { ...this.#parts, parent: current } : this.#parts, extras);
  }

  /** Where results are kept and nothing counts, what looks for the parts of chords is sent along. */
  async #counted(planned: Plan, signature: SignatureData, extras: Extras): Promise<Plan> {
    if (!planned.chords?.length || this.#parts.eager.takes(planned)) return planned;
    const reader = await this.#parts.wiring().reader();
    if (!reader || reader.chords) return planned;
    const parent = runtime().currentTask?.();
    return plan(signature, { ...this.#parts, parent, countsChords: false }, extras);
  }

  /** @returns a promise if a schema takes its time */
  #check({ tasks }: Plan): Promise<unknown> | undefined {
    const { settings } = this.#parts.wiring();
    return checkArguments(tasks, { tasks: this.#parts.tasks(), settings });
  }

  /** What a signature comes to, found to fit. */
  async #checked(signature: SignatureData, extras: Extras): Promise<Plan> {
    const planned = this.#plan(signature, extras, runtime().currentTask?.());
    await this.#check(planned);
    return planned;
  }

  /** Those of whom the sender knows that they are. */
  #ignored(planned: PlannedEnds): ReadonlySet<string> | undefined {
    const { settings } = this.#parts.wiring();
    const tasks = this.#parts.tasks();
    let ignored: Set<string> | undefined;
    const look = ({ ends, before }: PlannedEnds): void => {
      for (const { id, task, options } of ends) {
        if (!ignoresResult(options, { settings, task: tasks.get(task) })) continue;
        ignored ??= new Set();
        ignored.add(id);
      }
      before?.forEach(look);
    };
    look(planned);
    return ignored;
  }
}

function termsOf(
  wire: WireOptions | undefined,
  options: SendOptions,
  settings: Settings,
): OwnTerms {
  const deadlineMs = deadlineOf(options);
  const retry = hasRetryOptions(wire) ? { policy: publishRetryOf(settings, wire) } : undefined;
  return { deadlineMs, signal: options.signal, retry };
}

/** That of the task that runs here, if what it sends is to have the same. */
function inheritedPriority({ taskInheritParentPriority }: Settings): number | undefined {
  return taskInheritParentPriority ? runtime().currentTask?.()?.priority : undefined;
}
