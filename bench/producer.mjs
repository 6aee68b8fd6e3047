import { setTimeout as sleep } from 'node:timers/promises';
import { now } from './lib/clock.mjs';

const BULK = 1000;
const LANES = 100;
/** So many calls, made as those that are measured, until all processes and their threads run compiled code. */
const WARM_CALLS = 10_000;

/**
 * The sending side of one measurement, in a process of its own:
 * `node producer.mjs <celeriac|bullmq> <job> <tasks>`. Task i of 1 to n is `add(i - 1, 1)`, so that its
 * sum is i; the sums of tasks that only warm up are below 1. What was measured goes to the parent.
 */
const jobs = {
  async one({ send }, count) {
    for (let i = 0; i < Math.min(WARM_CALLS, 10 * count); i++) await send(-1 - i, 0);
    return timed(async () => {
      for (let i = 0; i < count; i++) await send(i, 1);
    });
  },

  async inFlight({ send }, count) {
    await inLanes(Math.min(1000, count), (i) => send(-1 - i, 0));
    return timed(() => inLanes(count, (i) => send(i, 1)));
  },

  async bulk({ sendMany }, count) {
    await sendMany(Array.from({ length: Math.min(BULK, count) }, (_, i) => [-1 - i, 0]));
    return timed(async () => {
      for (const pairs of chunks(count)) await sendMany(pairs);
    });
  },

  async fill({ sendMany }, count) {
    for (const pairs of chunks(count)) await sendMany(pairs);
    return {};
  },

  async endToEnd({ send, sendMany, result }, count) {
    for (let i = 0; i < Math.min(200, count); i++) await result(await send(-1 - i, 0));
    let sums = [];
    const measured = await timed(async () => {
      const waiting = [];
      for (const pairs of chunks(count)) {
        const handles = await sendMany(pairs);
        for (const handle of handles) waiting.push(result(handle));
      }
      sums = await Promise.all(waiting);
    });
    return { ...measured, sums };
  },

  async roundTrip({ send, result }, count) {
    for (let i = 0; i < Math.min(WARM_CALLS, 10 * count); i++) await result(await send(-1 - i, 0));
    await sleep(100);
    const sums = [];
    const times = [];
    for (let i = 0; i < count; i++) {
      const startedAt = now();
      sums.push(await result(await send(i, 1)));
      times.push(now() - startedAt);
    }
    return { sums, times };
  },

  wideChord: ({ chord }, count) => workflows(count, () => chord(1000), triangle(1000)),

  longChain: ({ chain }, count) => workflows(count, () => chain(100), 100),

  async manyChords({ chord }, count) {
    const all = () => Promise.all(Array.from({ length: 100 }, () => chord(10)));
    return workflows(count, async () => verified(await all(), triangle(10)), triangle(10));
  },

  /** Single tasks to an idle worker, each after a pause. */
  async wake({ send, result }, count) {
    for (let i = 0; i < Math.min(WARM_CALLS, 10 * count); i++) await result(await send(-1 - i, 0));
    const times = [];
    for (let i = 0; i < count; i++) {
      await sleep(30);
      times.push(now());
      await send(i, 1);
    }
    return { times };
  },

  /** Tasks that are due in `BENCH_DUE_MS`, a few milliseconds apart. */
  async later({ send, result, sendLater }, count) {
    const dueMs = Number(process.env.BENCH_DUE_MS);
    await result(await send(-1, 0));
    const times = [];
    for (let i = 0; i < count; i++) {
      times.push(now() + dueMs);
      await sendLater(i, 1, new Date(Date.now() + dueMs));
      await sleep(37);
    }
    return { times };
  },

  /** Sends, then stays connected until it is told to end. */
  async stay({ send }, count) {
    for (let i = 0; i < count; i++) await send(i, 1);
    return {};
  },

  /** Sends, waits for the results, then stays connected. */
  async stayWaiting({ send, result }, count) {
    for (let i = 0; i < count; i++) await result(await send(i, 1));
    return {};
  },
};

const waitingJobs = [
  ...['endToEnd', 'roundTrip', 'wake', 'later', 'stayWaiting'],
  ...['wideChord', 'longChain', 'manyChords'],
];

/** Runs a workflow twice to warm up and then `count` times. @returns how long each took; throws for a wrong answer. */
async function workflows(count, run, expected) {
  const times = [];
  for (let i = -2; i < count; i++) {
    const startedAt = now();
    verified([await run()], expected);
    if (i >= 0) times.push(now() - startedAt);
  }
  return { times };
}

/** @returns the answers' common value. */
function verified(answers, expected) {
  const wrong = answers.find((answer) => answer !== expected);
  if (wrong !== undefined) throw new Error(`a workflow gave ${wrong} in place of ${expected}`);
  return expected;
}

/** @returns 1 + 2 + … + n */
function triangle(n) {
  return (n * (n + 1)) / 2;
}

async function main([side, job, count]) {
  const { openProducer } = await import(`./producers/${side}.mjs`);
  const isWaiting = waitingJobs.includes(job);
  const producer = await openProducer({ isWaiting });
  const report = await jobs[job](producer, Number(count));
  process.send(report);
  if (job.startsWith('stay')) await untilTold();
  else process.disconnect();
  await producer.close();
  process.exit(0);
}

async function untilTold() {
  // connections that only wait need not keep a process alive
  const alive = setInterval(() => {}, 1000);
  await new Promise((resolve) => process.once('SIGTERM', resolve));
  clearInterval(alive);
}

async function timed(work) {
  const cpuBefore = process.cpuUsage();
  const startedAt = now();
  await work();
  const ms = now() - startedAt;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { ms, cpuUs: user + system };
}

async function inLanes(count, work) {
  let next = 0;
  const lane = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

function* chunks(count) {
  for (let from = 0; from < count; from += BULK) {
    const length = Math.min(BULK, count - from);
    yield Array.from({ length }, (_, i) => [from + i, 1]);
  }
}

await main(process.argv.slice(2));
