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
} from '../canvas/index.ts';
import { PartlySentError } from '../errors.ts';
import type { OutgoingMessage, Serializer, SignatureData } from '../protocol/index.ts';
import type { ResultHost } from '../results/index.ts';
import type { Millis } from '../util/index.ts';
import type { AnyTask } from './app.ts';
import { type BeginningTerms, beginChords, beginsChords, willCount } from './begin-chords.ts';
import { checkArguments } from './check-arguments.ts';
import type { EagerCalls } from './eager-calls.ts';
import { buildMessage, ignoresResult } from './message.ts';
import { LargeBodies } from './payload-limit.ts';
import type { OwnTerms, Producer } from './producer.ts';
import { type CurrentTask, runtime } from './runtime.ts';
import { addsToParent, inheritedPriority, termsOf } from './send-calls.ts';
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

/** How messages are sent. */
interface Way {
  readonly producer: Producer;
  readonly terms: OwnTerms;
  /** When the deadline of the terms began. */
  readonly sentMs: Millis;
}

/** A signature that is sent, and what it comes to. */
interface Call {
  readonly signature: SignatureData;
  plan: Plan;
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
    const planned = this.#plan(signature, extras, current);
    const checked = this.#check(planned);
    if (checked) await checked;
    if (eager.takes(planned)) {
      options.signal?.throwIfAborted();
      return { ...(await eager.run(planned)), ignored: this.#ignored(planned) };
    }
    const sentMs = performance.now();
    const { producer, settings } = this.#parts.wiring();
    const way = { producer, terms: termsOf(planned.tasks[0]?.options, options, settings), sentMs };
    if (!beginsChords(planned)) {
      try {
        await this.#publish(planned.tasks, way);
      } catch (error) {
        await this.#publishAlone(planned.tasks, way, error);
      }
      return this.#sent(planned, current, sentMs);
    }
    const call = { signature, plan: planned };
    await this.#publishChords([call], extras, way);
    return this.#sent(call.plan, current, sentMs);
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
    const { eager, wiring } = this.#parts;
    const calls: Call[] = [];
    for (const signature of signatures) {
      calls.push({ signature, plan: await this.#checked(signature, extras) });
    }
    const sends = new Set(calls.filter(({ plan }) => !eager.takes(plan)));
    const sentMs = performance.now();
    const { producer, settings } = wiring();
    const terms = { ...termsOf(extras.options, options, settings), isAlone: true };
    await this.#publishCalls([...sends], extras, { producer, terms, sentMs });
    const current = runtime().currentTask?.();
    const sent: Sent[] = [];
    for (const call of calls) {
      if (sends.has(call)) sent.push(this.#sent(call.plan, current, sentMs));
      else sent.push({ ...(await eager.run(call.plan)), ignored: this.#ignored(call.plan) });
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

  /** What the sender gets of what was sent, as does the task that it sends from. */
  #sent(planned: Plan, current: CurrentTask | undefined, sentMs: Millis): Sent {
    if (current && addsToParent(planned)) current.addChild(planned.child ?? planned.result);
    const { host, wiring } = this.#parts;
    const { result, ends } = planned;
    return { result, reader: wiring().reader, host, ignored: this.#ignored(planned), sentMs, ends };
  }

  /** Composed at once, messages travel with all else that is sent in this turn; to sign many takes turns of its own. */
  #publish(planned: readonly PlannedTask[], { producer, terms }: Way): Promise<void> {
    if (!this.#takesTime(planned)) return producer.send(this.compose(planned), terms);
    return producer.during(async () =>
      producer.send(await this.#composeInTurns(planned, terms.signal), terms),
    );
  }

  /** Once more, if it only was in a batch with what cannot be sent. @throws the error if not */
  #publishAlone(planned: readonly PlannedTask[], way: Way, error: unknown): Promise<void> {
    if (!way.producer.concernsOthers(error)) throw error;
    return this.#publish(planned, { ...way, terms: { ...way.terms, isAlone: true } });
  }

  #publishCalls(calls: readonly Call[], extras: Extras, way: Way): Promise<void> {
    if (calls.some(({ plan }) => beginsChords(plan))) {
      return this.#publishChords(calls, extras, way);
    }
    return this.#publish(
      calls.flatMap(({ plan }) => plan.tasks),
      way,
    );
  }

  /** What can be found out is, before anything is kept of the chords; the deadline holds for all steps. */
  #publishChords(calls: readonly Call[], extras: Extras, way: Way): Promise<void> {
    const { producer, terms, sentMs } = way;
    const { reader, settings } = this.#parts.wiring();
    const { signal, deadlineMs = settings.brokerSendTimeout * 1000 } = terms;
    const leftMs = () => Math.max(1, sentMs + deadlineMs - performance.now());
    const beginning = { reader, backendUrl: settings.resultBackend, signal };
    return producer.during(async () => {
      await this.#count(calls, extras, { ...beginning, deadlineMs: leftMs() });
      const plans = calls.map(({ plan }) => plan);
      const tasks = plans.flatMap((each) => each.tasks);
      const messages = this.#takesTime(tasks)
        ? await this.#composeInTurns(tasks, signal)
        : this.compose(tasks);
      if (plans.some(beginsChords)) {
        await beginChords(plans, { ...beginning, deadlineMs: leftMs() });
      }
      const isSoon = terms.deadlineMs === undefined && leftMs() > 0.9 * deadlineMs;
      // nearly all of the usual time is left: then they travel with what else is sent now
      await producer
        .send(messages, isSoon ? terms : { ...terms, deadlineMs: leftMs() })
        .catch((error: unknown) => this.#publishAlone(tasks, way, error));
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
  async #count(calls: readonly Call[], extras: Extras, terms: BeginningTerms): Promise<void> {
    const chords = calls.filter((each) => each.plan.chords?.length);
    if (chords.length === 0 || (await willCount(terms))) return;
    const context = { ...this.#parts, parent: runtime().currentTask?.(), countsChords: false };
    for (const each of chords) each.plan = plan(each.signature, context, extras);
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
