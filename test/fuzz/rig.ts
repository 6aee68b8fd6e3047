import { backendOptions, TaskPolicies } from '../../src/app/index.ts';
import { openBackend, type ResultBackend } from '../../src/backends/index.ts';
import {
  addMemoryStore,
  dropMemoryStore,
  type MemoryStore,
} from '../../src/drivers/memory/index.ts';
import { Celery, type CeleryOptions } from '../../src/index.ts';
import { isFinal } from '../../src/protocol/index.ts';
import { ID_MAX } from '../../src/protocol/sender.ts';
import { VirtualTime } from '../../src/testing/virtual-time.ts';
import { type Broker, brokerOf } from '../../src/transports/memory/broker.ts';
import { createLogger, type LogLevel } from '../../src/util/index.ts';
import { assembleEngine, type Engine, servedTasks, TaskLog } from '../../src/worker/index.ts';
import { type Fate, Ledger } from './ledger.ts';
import { interferenceOf, type Plant } from './plants.ts';
import { defineTasks } from './tasks.ts';

/** When it is, for whoever works on memory. */
const NOW_MS = Date.UTC(2026, 0, 1);
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

/** A real worker's engine over a store in memory, whose time stands still but when it is moved. */
export class Rig {
  readonly #store: MemoryStore;
  readonly #time: VirtualTime;
  readonly #broker: Broker;
  readonly #ledger = new Ledger();
  readonly #app: Celery;
  readonly #plant: Plant | undefined;
  #engine: Engine | undefined;
  #backend: ResultBackend | undefined;
  #stop: () => Promise<void> = async () => {};
  #dead = new Map<string, number>();
  #troubles: string[] = [];

  private constructor(mode: number, plant: Plant | undefined) {
    this.#plant = plant;
    this.#time = new VirtualTime(NOW_MS);
    this.#store = addMemoryStore(`fuzz-${mode}`, this.#time);
    this.#broker = brokerOf(this.#store);
    const { url } = this.#store;
    const settings = MODES[mode % MODES.length];
    this.#app = new Celery('fuzz', {
      broker: url,
      backend: url,
      taskMaxPayload: MAX_PAYLOAD,
      ...settings,
    });
    defineTasks(this.#app);
  }

  static async open(mode: number, plant?: Plant): Promise<Rig> {
    const rig = new Rig(mode, plant);
    await rig.#start();
    return rig;
  }

  async #start(): Promise<void> {
    const app = this.#app;
    const { url } = this.#store;
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
    const claim = this.#broker.claim.bind(this.#broker);
    this.#broker.claim = (...given) => {
      const taken = claim(...given);
      this.#ledger.claimed(taken.messages);
      return taken;
    };
    const tasks = servedTasks([app]);
    const policies = new TaskPolicies(tasks, app.settings);
    const log = this.#ledger.log(
      new TaskLog(logger, this.#time, (task) => policies.shownMax(task)),
    );
    const watched = this.#ledger.around(consumer, interferenceOf(this.#plant, this.#ledger));
    this.#engine = assembleEngine({
      ...{ app, apps: [app], module: '', include: [], tasks, nodeName, logger, time: this.#time },
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
    this.#broker.publish(
      entries.map((payload) => ({ queue: 'fuzz', step: 0, payload, route: undefined })),
    );
    const good = await this.#app.sendTask('fuzz.good', [1], { queue: 'fuzz' });
    for (const seconds of [0, 2, 60, 2]) {
      this.#time.moveTo(this.#time.now() + seconds * 1_000);
      if (!(await this.#quiet())) {
        const waiting = [...this.#ledger.fates.values()].find(
          ({ settled }) => settled.length === 0,
        );
        return [{ what: `not at rest after ${BATCH_MS / 1_000} s`, payload: waiting?.payload }];
      }
    }
    const troubles = this.#troubles.map((what) => ({ what }));
    const problems: Problem[] = [
      ...troubles,
      ...this.#unclaimed(entries),
      ...(await this.#judged()),
    ];
    const meta = await this.#backend?.find(good.id);
    if (meta?.status !== 'SUCCESS') problems.push({ what: 'a good message was not done' });
    for (const queue of this.#broker.queues) this.#broker.purge(queue);
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
      const isEmpty = QUEUES.every((queue) => this.#broker.sizeOf(queue) === 0);
      calm = isEmpty && this.#engine?.isQuiet ? calm + 1 : 0;
      if (performance.now() > deadline) return false;
    }
    return true;
  }

  #unclaimed(entries: readonly string[]): Problem[] {
    const claimed = new Set([...this.#ledger.fates.values()].map(({ payload }) => payload));
    return entries
      .filter((payload) => !claimed.has(payload))
      .map((payload) => ({ what: 'was never claimed', payload }));
  }

  /** Each claim has one end, and what was promised of that. */
  async #judged(): Promise<Problem[]> {
    const dead = this.#newlyDead();
    const problems: Problem[] = [];
    for (const fate of this.#ledger.fates.values()) {
      const what = settlementProblem(fate) ?? (await this.#stateProblem(fate));
      if (what) problems.push({ what, payload: fate.payload });
      if (fate.settled[0] !== 'dead-letter') continue;
      const left = dead.get(fate.payload) ?? 0;
      if (left === 0)
        problems.push({
          what: 'is not among the dead letters byte for byte',
          payload: fate.payload,
        });
      else dead.set(fate.payload, left - 1);
    }
    for (const [payload, left] of dead) {
      if (left > 0) problems.push({ what: 'is a dead letter that nobody asked for', payload });
    }
    return problems;
  }

  #newlyDead(): Map<string, number> {
    const before = this.#dead;
    const now = new Map<string, number>();
    for (const queue of QUEUES) {
      for (const { payload } of this.#broker.deadLetters.of(queue))
        now.set(payload, (now.get(payload) ?? 0) + 1);
    }
    this.#dead = now;
    return new Map(
      [...now].map(([payload, count]) => [payload, count - (before.get(payload) ?? 0)]),
    );
  }

  async #stateProblem({ payload, settled, ended }: Fate): Promise<string | undefined> {
    const isOver = settled[0] === 'dead-letter' || settled[0] === 'ack';
    if (!isOver || ended === 'ignored' || ended === 'retry') return undefined;
    const { id, isIgnored } = readably(payload);
    if (id === undefined || isIgnored) return undefined;
    const meta = await this.#backend?.find(id);
    if (meta && isFinal(meta.status)) return undefined;
    return `its client waits for ever: the state of '${id}' is ${meta?.status ?? 'not there'} (${settled[0]}, ${ended ?? 'not run'})`;
  }

  async close(): Promise<void> {
    await this.#stop();
    dropMemoryStore(this.#store);
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
