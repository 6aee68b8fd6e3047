import { backendOptions, TaskPolicies } from '../../src/app/index.ts';
import { openBackend, type ResultBackend } from '../../src/backends/index.ts';
import { Celery, type CeleryOptions } from '../../src/index.ts';
import { isFinal } from '../../src/protocol/index.ts';
import { ID_MAX } from '../../src/protocol/sender.ts';
import { createLogger, type LogLevel } from '../../src/util/index.ts';
import { assembleEngine, type Engine, servedTasks, TaskLog } from '../../src/worker/index.ts';
import { type Ground, MemoryGround } from './ground.ts';
import { type Fate, Ledger } from './ledger.ts';
import { interferenceOf, type Plant } from './plants.ts';
import { RedisGround } from './redis-ground.ts';
import { defineTasks } from './tasks.ts';

/** How long a batch may take until nothing happens any more. */
const BATCH_MS = 60_000;
const MAX_PAYLOAD = 1_000_000;
const QUEUES = ['fuzz', 'celery'];

/** Settings that change what becomes of messages; each rig has the next ones. */
export const MODES: readonly CeleryOptions[] = [
  { acceptContent: ['json', 'yaml', 'msgpack', 'pickle'] },
  {
    acceptContent: ['json', 'yaml', 'msgpack', 'pickle'],
    taskAcksLate: false,
    taskUnknownRetryFor: 0,
  },
  { acceptContent: ['json', 'msgpack'], resultExtended: true, taskTrackStarted: true },
  { acceptContent: ['json'], jsonTypes: 'plain', resultExtended: true, taskUnknownRetryFor: 0 },
];

/** A promise that was broken. `payload` is the message, if one is known to be at fault. */
export interface Problem {
  readonly what: string;
  readonly payload?: string | undefined;
}

/** What a rig is beside its settings. */
export interface RigOptions {
  readonly plant?: Plant | undefined;
  /** Of a Redis that is there for this alone; in memory if undefined. */
  readonly redisUrl?: string | undefined;
}

/** A real worker's engine over a broker that is looked into. */
export class Rig {
  readonly #ground: Ground;
  readonly #ledger = new Ledger();
  readonly #app: Celery;
  readonly #plant: Plant | undefined;
  #engine: Engine | undefined;
  #backend: ResultBackend | undefined;
  #stop: () => Promise<void> = async () => {};
  #dead: readonly string[] = [];
  #troubles: string[] = [];

  private constructor(mode: number, ground: Ground, plant: Plant | undefined) {
    this.#plant = plant;
    this.#ground = ground;
    const { url } = ground;
    this.#app = new Celery('fuzz', {
      broker: url,
      backend: url,
      taskMaxPayload: MAX_PAYLOAD,
      ...MODES[mode % MODES.length],
      // where nobody moves the time, nothing waits for others that may know the task
      ...(ground instanceof RedisGround && { taskUnknownRetryFor: 0 }),
    });
    defineTasks(this.#app);
  }

  static async open(mode: number, { plant, redisUrl }: RigOptions = {}): Promise<Rig> {
    const ground = redisUrl
      ? await RedisGround.open(redisUrl, QUEUES)
      : new MemoryGround(`fuzz-${mode}`, QUEUES);
    const rig = new Rig(mode, ground, plant);
    await rig.#start();
    return rig;
  }

  async #start(): Promise<void> {
    const app = this.#app;
    const { url, time } = this.#ground;
    const transport = await app.transport();
    const backend = await openBackend(url, backendOptions(app.settings, app.replyTo));
    const logger = createLogger({
      level: 'DEBUG' as LogLevel,
      stream: { write: (line) => this.#hear(line) },
      format: 'text',
    });
    const nodeName = 'fuzz@here';
    const consumer = await transport.consume({
      ...{ queues: QUEUES, nodeName, onNotice: () => {}, onWake: () => this.#engine?.wake() },
    });
    const tasks = servedTasks([app]);
    const policies = new TaskPolicies(tasks, app.settings);
    const log = this.#ledger.log(new TaskLog(logger, time, (task) => policies.shownMax(task)));
    const seen = this.#ground.around(consumer, (claims) => this.#ledger.claimed(claims));
    const watched = this.#ledger.around(seen, interferenceOf(this.#plant, this.#ledger));
    this.#engine = assembleEngine({
      ...{ app, apps: [app], module: '', include: [], tasks, nodeName, logger, time },
      shape: { kind: 'solo', executors: 1, slotsEach: 50 },
      stores: { transport, backend, consumer: watched, isOneStore: true, isOneBroker: true },
      ...{ log, logLevel: 'CRITICAL', random: () => 0.5 },
    });
    this.#backend = backend;
    await this.#engine.start();
    this.#stop = async () => {
      await this.#engine?.halt();
      await this.#engine?.stop(AbortSignal.timeout(1_000));
      await Promise.all([consumer.close(), transport.close(), backend.close(), app.close()]);
    };
  }

  /** Gives entries to the worker, and sees what becomes of them. */
  async run(entries: readonly string[]): Promise<readonly Problem[]> {
    this.#ledger.fates.clear();
    this.#troubles = [];
    const payloads = entries.map((entry) => this.#ground.payloadOf(entry));
    await this.#ground.push('fuzz', payloads);
    const good = await this.#app.sendTask('fuzz.good', [1], { queue: 'fuzz' });
    for (const ms of this.#ground.stepsMs) {
      this.#ground.moveBy(ms);
      if (!(await this.#quiet())) {
        const waiting = [...this.#ledger.fates.values()].find(
          ({ settled }) => settled.length === 0,
        );
        return [{ what: `not at rest after ${BATCH_MS / 1_000} s`, payload: waiting?.payload }];
      }
    }
    const troubles = this.#troubles.map((what) => ({ what }));
    const held = await this.#ground.clear();
    const problems = [...troubles, ...(await this.#judged(payloads)), ...this.#misheld(held)];
    const meta = await this.#backend?.find(good.id);
    if (meta?.status !== 'SUCCESS') problems.push({ what: 'a good message was not done' });
    return problems;
  }

  /** A batch that a worker cannot sort comes again and again, with all that is in it. */
  #hear(line: string): void {
    if (line.includes('could not be taken on')) this.#troubles.push(line);
  }

  async #quiet(): Promise<boolean> {
    const deadline = performance.now() + BATCH_MS;
    for (let calm = 0; calm < 3; ) {
      await new Promise((resolve) => setImmediate(resolve));
      const isEmpty = (await this.#ground.size()) === 0;
      calm = isEmpty && this.#engine?.isQuiet ? calm + 1 : 0;
      if (performance.now() > deadline) return false;
    }
    return true;
  }

  /** Each claim has one end, and what was promised of that. */
  async #judged(payloads: readonly string[]): Promise<Problem[]> {
    const dead = await this.#newlyDead();
    const isDead = (payload: string) => dead.take(payload);
    const problems: Problem[] = [];
    const note = (what: string | undefined, payload: string) =>
      what && problems.push({ what, payload });
    const claimed = new Set<string>();
    for (const fate of this.#ledger.fates.values()) {
      const { payload, settled } = fate;
      claimed.add(payload);
      note(settlementProblem(fate) ?? (await this.#stateProblem(fate)), payload);
      if (settled[0] === 'dead-letter' && !isDead(payload)) {
        note('is not among the dead letters byte for byte', payload);
      }
    }
    // what is no object is turned away by some brokers themselves
    for (const payload of payloads) {
      if (!claimed.has(payload) && !isDead(payload)) note('was never claimed', payload);
    }
    for (const payload of dead.rest()) note('is a dead letter that nobody asked for', payload);
    return problems;
  }

  /** What is put off is all that the broker still has on record. */
  #misheld(held: readonly string[]): Problem[] {
    if (this.#ground instanceof MemoryGround) return [];
    const left = new Tally(held);
    const problems: Problem[] = [];
    for (const { payload, settled } of this.#ledger.fates.values()) {
      if (settled[0] !== 'parked' || left.take(payload)) continue;
      problems.push({ what: 'was put off and is gone', payload });
    }
    return [
      ...problems,
      ...left.rest().map((payload) => ({ what: 'is still on record', payload })),
    ];
  }

  async #newlyDead(): Promise<Tally> {
    const now = await this.#ground.dead();
    const fresh = new Tally(now);
    for (const payload of this.#dead) fresh.take(payload);
    this.#dead = now;
    return fresh;
  }

  async #stateProblem({ payload, settled, ended }: Fate): Promise<string | undefined> {
    const isOver = settled[0] === 'dead-letter' || settled[0] === 'ack';
    if (!isOver || ended === 'ignored' || ended === 'retry') return undefined;
    const { id, isIgnored } = readably(this.#ground.textOf(payload));
    if (id === undefined || isIgnored) return undefined;
    const meta = await this.#backend?.find(id);
    if (meta && isFinal(meta.status)) return undefined;
    return `its client waits for ever: the state of '${id}' is ${meta?.status ?? 'not there'} (${settled[0]}, ${ended ?? 'not run'})`;
  }

  async close(): Promise<void> {
    await this.#stop();
    await this.#ground.close();
  }
}

/** Payloads, each as often as it is there. */
class Tally {
  readonly #counts = new Map<string, number>();

  constructor(payloads: readonly string[]) {
    for (const payload of payloads) this.#counts.set(payload, this.#of(payload) + 1);
  }

  /** @returns false if there is none left. */
  take(payload: string): boolean {
    const count = this.#of(payload);
    if (count > 0) this.#counts.set(payload, count - 1);
    return count > 0;
  }

  rest(): string[] {
    return [...this.#counts].filter(([, count]) => count > 0).map(([payload]) => payload);
  }

  #of(payload: string): number {
    return this.#counts.get(payload) ?? 0;
  }
}

function settlementProblem({ settled, ended }: Fate): string | undefined {
  if (settled.length !== 1)
    return `was settled ${settled.length} times: ${settled.join(', ') || 'lost'}`;
  if (settled[0] === 'ack' && ended === undefined) return 'was acked and did not run';
  return undefined;
}

/** What anybody can read of a message. */
function readably(payload: string): { readonly id?: string; readonly isIgnored: boolean } {
  try {
    const { headers } = JSON.parse(payload) as {
      headers?: { id?: unknown; ignore_result?: unknown };
    };
    const { id, ignore_result: ignored } = headers ?? {};
    const isIgnored = ignored === true;
    const isId = typeof id === 'string' && id !== '' && id.length <= ID_MAX;
    return isId ? { id, isIgnored } : { isIgnored };
  } catch {
    return { isIgnored: false };
  }
}
