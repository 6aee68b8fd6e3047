import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { countExecutions, readExecutions, verifySums } from './executions.mjs';
import { producerArgs, startProgram } from './processes.mjs';
import { median, percentile, steadyRate } from './statistics.mjs';

const DEADLINE_MS = 120_000;
/** How often the count of executions is looked at, and how many looks there are to a question to Redis. */
const LOOK_MS = 20;
const ASK_EVERY = 25;

/**
 * Measures one case of one side once, in new processes on an emptied Redis.
 * @param {{ redis: object, url: string, folder: string, profileDir?: string }} bench
 * @returns the figures by their keys. Throws if anything ran not at all, twice, or came out wrong.
 */
export async function measure(bench, side, { kind, job, results = 'stored' }, count) {
  return onStage(bench, side, { results }, (stage) => kinds[kind](stage, job, count));
}

/**
 * Gives `work` an emptied Redis and a stage to start processes on, all of which end with it.
 * @param {{ results?: 'stored' | 'ignored', env?: object }} options - `env` is for all processes.
 */
export async function onStage(bench, side, options, work) {
  await bench.redis.flushall();
  const folder = mkdtempSync(join(bench.folder, 'run-'));
  const stage = new Stage(bench, side, { ...options, folder });
  try {
    return await work(stage);
  } finally {
    await stage.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const kinds = {
  async enqueue(stage, job, count) {
    const before = await stage.cpu();
    const { ms, cpuUs } = await stage.produce(job, count);
    const after = await stage.cpu();
    const sums = await stage.side.queuedSums(stage.redis);
    verifySums('the queue', sums, count);
    // what only warmed up has cost Redis too
    const redisUs = (after.redisUs - before.redisUs) / sums.length;
    return { rate: (count / ms) * 1000, cpuUs: cpuUs / count, redisUs };
  },

  async process(stage, job, count) {
    await stage.produce(job, count);
    stage.startWorker();
    await stage.progress(count / 10);
    const before = await stage.cpu();
    await stage.progress(count);
    const after = await stage.cpu();
    const executions = await stage.executions(count);
    if (stage.results === 'stored') {
      verifySums('the results', await stage.side.storedSums(stage.redis), count);
    }
    const share = (key) => (after[key] - before[key]) / (after.done - before.done);
    return {
      rate: steadyRate(executions.map(({ time }) => time)),
      ...{ cpuUs: share('workerUs'), redisUs: share('redisUs') },
    };
  },

  async answer(stage, job, count) {
    stage.startWorker();
    const { ms, sums, times } = await stage.produce(job, count);
    verifyAnswers(sums, count);
    await stage.executions(count);
    if (ms !== undefined) return { rate: (count / ms) * 1000 };
    const [p50, p95, p99] = [50, 95, 99].map((percent) => percentile(times, percent));
    return { p50, p95, p99 };
  },

  /** The producer checks each answer: the sum that comes out has every part of the workflow in it, once. */
  async canvas(stage, job, count) {
    stage.startWorker();
    const times = (await stage.produce(job, Math.ceil(count * (stage.side.share ?? 1)))).times;
    return { ms: median(times) };
  },
};

/** The processes of one measurement and what they share. */
class Stage {
  side;
  redis;
  results;
  #folder;
  #env;
  #profileDir;
  #signal = AbortSignal.timeout(DEADLINE_MS);
  #programs = [];
  #worker;

  constructor({ redis, url, profileDir }, side, { results = 'stored', folder, env = {} }) {
    this.side = side;
    this.redis = redis;
    this.results = results;
    this.#folder = folder;
    this.#profileDir = profileDir;
    this.#env = {
      ...withoutCelery(process.env),
      ...side.env,
      ...{ BENCH_REDIS_URL: url, BENCH_RESULTS: results, BENCH_TALLY: folder },
      ...env,
    };
  }

  startWorker() {
    this.#worker = this.#start({ args: this.side.worker });
    // whoever waits for what it does is told; nobody may be waiting yet
    this.#worker.failure().catch(() => {});
  }

  /** Runs a producer to its end. @returns what it reports. */
  async produce(job, count) {
    const producer = this.#startProducer(job, count);
    const report = await this.#unlessWorkerEnds(producer.report(this.#signal));
    await producer.finish(this.#signal);
    return report;
  }

  /** Starts a producer that stays. Resolves once it has sent all. */
  async startProducer(job, count) {
    const producer = this.#startProducer(job, count);
    await this.#unlessWorkerEnds(producer.report(this.#signal));
  }

  /** Waits until so many tasks ran, or no more will come. */
  progress(count) {
    return this.#unlessWorkerEnds(this.#reached(count));
  }

  /** @returns the CPU time spent so far by the worker and by Redis, and the executions it was spent on. */
  async cpu() {
    const text = await this.redis.info('cpu');
    const seconds = [...text.matchAll(/used_cpu_(?:sys|user):([\d.]+)/g)].map(([, used]) => used);
    return {
      done: countExecutions(this.#folder),
      redisUs: seconds.reduce((sum, used) => sum + Number(used) * 1e6, 0),
      workerUs: this.#worker?.cpuUs() ?? 0,
    };
  }

  /**
   * Waits until all tasks ran and none is in the queue or in a worker's hands.
   * @returns the executions of the measured tasks, seen to be each task once.
   */
  async executions(count) {
    await this.#unlessWorkerEnds(this.#settled(count));
    // what ran twice, or last, has had its time to be noted
    await sleep(100);
    const executions = readExecutions(this.#folder);
    const sums = executions.map(({ result }) => result);
    verifySums('the executions', sums, count);
    return executions.filter(({ result }) => result >= 1);
  }

  /** Looks at the count; Redis, which has other things to do, is asked now and then only. */
  async #reached(count) {
    for (let look = 1; countExecutions(this.#folder) < count; look++) {
      if (look % ASK_EVERY === 0 && (await this.side.pending(this.redis)) === 0) return;
      if (this.#signal.aborted) throw new Error(await this.#shortfall(count));
      await sleep(LOOK_MS);
    }
  }

  async #settled(count) {
    await this.#reached(count);
    while ((await this.side.pending(this.redis)) > 0) {
      if (this.#signal.aborted) throw new Error(await this.#shortfall(count));
      await sleep(LOOK_MS);
    }
  }

  async #shortfall(count) {
    const done = countExecutions(this.#folder);
    const pending = await this.side.pending(this.redis);
    return `${done} of ${count} tasks ran before the deadline, ${pending} are not settled`;
  }

  async stop() {
    for (const program of this.#programs.toReversed()) await program.stop();
  }

  #startProducer(job, count) {
    return this.#start({ args: producerArgs(this.side, job, count), isReporting: true });
  }

  #start(parts) {
    const { program: path } = this.side;
    const profileDir = path ? undefined : this.#profileDir;
    const program = startProgram({ ...parts, program: path, env: this.#env, profileDir });
    this.#programs.push(program);
    return program;
  }

  #unlessWorkerEnds(work) {
    return this.#worker ? Promise.race([work, this.#worker.failure()]) : work;
  }
}

/** Answers come in the order of their tasks. */
function verifyAnswers(sums, count) {
  const wrong = sums.findIndex((sum, i) => sum !== i + 1);
  if (sums.length !== count) throw new Error(`${sums.length} of ${count} answers came`);
  if (wrong >= 0) throw new Error(`the answer to task ${wrong + 1} was ${sums[wrong]}`);
}

/** A user's own settings for Celery are not those of the bench. */
function withoutCelery(env) {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('CELERY_')));
}
