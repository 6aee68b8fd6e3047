import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { ResultBackend } from '../../backends/index.ts';
import { type Plan, plan, type Sent } from '../../canvas/index.ts';
import { MessageInvalidError, NotRegisteredError } from '../../errors.ts';
import type { Outcome } from '../../pool/index.ts';
import {
  encodeEnvelope,
  type OutgoingMessage,
  parseEnvelope,
  ResultCodec,
  type ResultMeta,
  toWireTime,
} from '../../protocol/index.ts';
import type { Completion, ResultWrite } from '../../transports/index.ts';
import { systemClock } from '../../util/index.ts';
import type { App } from '../app.ts';
import { resultFormat } from '../connection-settings.ts';
import { planTermsOf } from '../plan-terms.ts';
import { getTaskLogger } from '../task-logger.ts';
import type { ChordAdding } from './add-to-chord.ts';
import { type CompletionContext, planCompletion, planUnsendable } from './completion.ts';
import { EagerChords, NOT_STORED } from './eager-chords.ts';
import { EagerResults } from './eager-results.ts';
import { notRegisteredError } from './failures.ts';
import { readingOf } from './job-facts.ts';
import { jobOf } from './job-of.ts';
import { planRefusal } from './refusal.ts';
import { isMalformed, parseRequest, type Request } from './request.ts';
import { Runner } from './runner.ts';
import { currentRun } from './running-task.ts';
import { TaskPolicies } from './task-policies.ts';

/**
 * Runs what was planned here and now, and all that follows from it: retries at once, callbacks, the next steps of
 * chains, errbacks. Everything passes through the same encoding, and the same decisions, as on its way to a worker.
 * @param options - `throws`: rejects with the error of the first task that failed, once all have ended.
 * @throws NotRegisteredError before anything runs
 */
export async function runEagerly(
  host: App,
  plan: Plan,
  { throws }: { readonly throws: boolean },
): Promise<Sent> {
  const unknown = plan.tasks.find(({ task }) => !host.tasks.has(task));
  if (unknown) throw new NotRegisteredError(unknown.task);
  const eager = new EagerRun(host);
  await eager.run(plan);
  if (throws && eager.failure) throw eager.failure.error;
  return { result: plan.result, reader: async () => eager.results, host: eager.results };
}

/** One call of `apply`: a worker without a broker, that ends when there is nothing left to run. */
class EagerRun {
  readonly results: EagerResults;
  /** What the first task that failed has thrown. */
  failure: { readonly error: unknown } | undefined;
  readonly #host: App;
  readonly #policies: TaskPolicies;
  readonly #codec: ResultCodec;
  readonly #runner: Runner;
  /** What tasks have thrown, by their ids. */
  readonly #thrown = new Map<string, unknown>();
  readonly #nodeName = hostname();
  readonly #queue: OutgoingMessage[] = [];
  #chords: EagerChords | undefined;

  constructor(host: App) {
    this.#host = host;
    this.results = new EagerResults(() => host.backend());
    // whatever may be read of a store: this does not come from one
    this.#codec = new ResultCodec({ ...resultFormat(host.settings), accept: undefined });
    this.#policies = new TaskPolicies(host.tasks, host.settings);
    this.#runner = new Runner({
      tasks: host.tasks,
      nodeName: this.#nodeName,
      logger: getTaskLogger('celeriac'),
      clock: systemClock,
      isEager: true,
      adding: () => this.#adding(),
      store: ({ name }, meta) => this.#storeState(name, meta),
      onFailure: ({ id }, error) => {
        this.#thrown.set(id, error);
        this.failure ??= { error };
      },
    });
  }

  /** Runs what was planned, and what follows from each task before the next one. */
  async run(planned: Plan): Promise<void> {
    const chords = await EagerChords.open(this.#host.settings, {
      find: (id) => this.results.find(id),
      onUnsent: (error) => {
        this.failure ??= { error };
      },
    });
    this.#chords = chords;
    try {
      await this.#begin(planned, chords);
      for (let message = this.#queue.shift(); message; message = this.#queue.shift()) {
        this.#queue.unshift(...(await this.#runOne(message, chords)));
      }
    } finally {
      await chords.close();
    }
  }

  async #begin(planned: Plan, chords: EagerChords): Promise<void> {
    await chords.begin(planned);
    this.#queue.push(...this.#host.compose(planned.tasks));
  }

  /** What a task adds to its chord runs once the others have. */
  async #adding(): Promise<ChordAdding> {
    const chords = this.#chords;
    return {
      chords: chords?.chords,
      send: async (signature, extras) => {
        const parent = currentRun.getStore();
        const planned = plan(signature, { ...planTermsOf(this.#host), parent }, extras);
        if (chords) await this.#begin(planned, chords);
        parent?.addChild(planned.result);
        return { result: planned.result, reader: async () => this.results, host: this.results };
      },
    };
  }

  async #runOne(
    message: OutgoingMessage,
    chords: EagerChords,
  ): Promise<readonly OutgoingMessage[]> {
    const request = received(message);
    const backend = await this.#backendFor(request.task);
    const context = this.#context(backend, chords);
    const completion = await this.#complete(request, context);
    const isIgnored = this.#thrown.has(request.id)
      ? this.#policies.ignoresError(request)
      : this.#policies.ignoresResult(request);
    const next: OutgoingMessage[] = [];
    const all = [completion];
    for (let each = all.shift(); each; each = all.shift()) {
      const writes = allWrites(each).filter((write) => write !== NOT_STORED);
      if (backend && !(isIgnored && each === completion)) await backend.apply(writes);
      next.push(...each.messages);
      all.push(...(await chords.apply(each, context)));
    }
    return next;
  }

  async #complete(request: Request, context: CompletionContext) {
    if (!this.#policies.isKnown(request.task)) {
      this.failure ??= { error: new NotRegisteredError(request.task) };
      const error = notRegisteredError(request.task);
      const refusal = { settle: { kind: 'ack' }, status: 'FAILURE', error } as const;
      return planRefusal(request, refusal, context, context.nowMs);
    }
    const outcome = await this.#runner.run(jobOf(request));
    if (outcome.kind === 'malformed' && !outcome.error) {
      this.failure ??= { error: new MessageInvalidError(outcome.reason) };
    }
    const plan = this.#plan(request, outcome, context);
    if (plan.kind === 'complete') return plan.completion;
    throw new MessageInvalidError('an eager task has lost its worker'); // which it never had
  }

  #plan(request: Request, outcome: Outcome, context: CompletionContext) {
    try {
      return planCompletion(request, outcome, context);
    } catch (error) {
      this.failure ??= { error };
      return planUnsendable(request, outcome, error, context).plan;
    }
  }

  #context(backend: ResultBackend | null, { chords, groups }: EagerChords): CompletionContext {
    const { settings, compose } = this.#host;
    const nowMs = systemClock.now();
    const never = () => false;
    return {
      // here everything is kept, whatever is ignored elsewhere: it is all in the hand of who called
      policies: {
        acks: (task) => this.#policies.acks(task),
        trails: (task) => this.#policies.trails(task),
        inheritsPriority: settings.taskInheritParentPriority,
        ...{ ignoresResult: never, ignoresError: never },
      },
      backend: {
        write: (meta) => {
          this.#keep(meta);
          return backend ? backend.write(meta) : NOT_STORED;
        },
        ...{ chords, groups },
      },
      isExtended: settings.resultExtended,
      reading: readingOf({ app: this.#host }),
      nodeName: this.#nodeName,
      compose: (tasks) => (tasks.length === 0 ? [] : compose.call(this.#host, tasks)),
      ...planTermsOf(this.#host),
      ...{ nowMs, dateDone: toWireTime(nowMs) },
    };
  }

  /** As a reader of the stored document would have it, and with the error itself. */
  #keep(meta: ResultMeta): void {
    const read = this.#codec.decode(this.#codec.encode(meta));
    const thrown = this.#thrown.get(meta.taskId);
    this.results.keep(
      meta.status === 'FAILURE' && thrown !== undefined ? { ...read, thrown } : read,
    );
  }

  async #storeState(task: string, meta: ResultMeta): Promise<void> {
    this.#keep(meta);
    const backend = await this.#backendFor(task);
    await backend?.apply([backend.write(meta)]);
  }

  async #backendFor(task: string): Promise<ResultBackend | null> {
    return this.#policies.storesEagerly(task) ? this.#host.storingBackend() : null;
  }
}

/** A message as a worker would get it. @throws EncodeError, MessageInvalidError */
function received(message: OutgoingMessage): Request {
  const tag = randomUUID();
  const parts = parseEnvelope(encodeEnvelope(message, tag));
  if (!parts.ok) throw new MessageInvalidError(parts.reason);
  const request = parseRequest({ ...parts, tag, queue: message.queue });
  if (isMalformed(request)) throw new MessageInvalidError(request.reason);
  return request;
}

/** Those that come with its parts, too. */
function allWrites({ writes, parts = [] }: Pick<Completion, 'writes' | 'parts'>): ResultWrite[] {
  return [...writes, ...parts.flatMap(allWrites)];
}
