import { setTimeout as sleep } from 'node:timers/promises';
import { planPromises } from './canvas-plan.mjs';
import { onStage } from './measure.mjs';
import { sides } from './sides.mjs';
import { median } from './statistics.mjs';

/** What our own documents promise of time and thrift. Each is to stay below (or at most at) its limit. */
export const promises = [
  {
    title: 'from a send to the start of its task, idle worker',
    unit: 'ms',
    limit: 2,
    isMet: (value) => value < 2,
    measure: (bench, { isQuick }) => medianDelay(bench, 'wake', isQuick ? 30 : 200),
  },
  {
    title: 'a task due in 1 s starts late by',
    unit: 'ms',
    limit: 100,
    isMet: (value) => value < 100,
    measure: (bench, { isQuick }) => medianDelay(bench, 'later', isQuick ? 5 : 30, 1000),
  },
  {
    title: 'a task due in 3 s (parked in Redis) starts late by',
    unit: 'ms',
    limit: 100,
    isMet: (value) => value < 100,
    measure: (bench, { isQuick }) => medianDelay(bench, 'later', isQuick ? 5 : 30, 3000),
  },
  {
    title: 'commands that an idle worker sends',
    unit: '/s',
    limit: 2,
    isMet: (value) => value < 2,
    measure: (bench, { isQuick }) => idleCommands(bench, isQuick ? 3000 : 10_000),
  },
  {
    title: 'connections of a worker',
    unit: '',
    limit: 3,
    isMet: (value) => value <= 3,
    measure: (bench) =>
      onStage(bench, sides.ours, {}, async (stage) => {
        await runSome(stage);
        return connections(stage);
      }),
  },
  {
    title: 'connections of a program that sends',
    unit: '',
    limit: 1,
    isMet: (value) => value === 1,
    measure: (bench) =>
      onStage(bench, sides.ours, {}, async (stage) => {
        await stage.startProducer('stay', 10);
        return connections(stage);
      }),
  },
  {
    title: 'connections of a program that waits for results too',
    unit: '',
    measure: (bench) =>
      onStage(bench, sides.ours, {}, async (stage) => {
        await runSome(stage);
        const before = await connections(stage);
        await stage.startProducer('stayWaiting', 10);
        return (await connections(stage)) - before;
      }),
  },
  ...planPromises,
];

/** From the moment a task could have started to the moment it did, in the middle of all tasks. */
function medianDelay(bench, job, count, dueMs = 0) {
  const env = { BENCH_DUE_MS: String(dueMs) };
  return onStage(bench, sides.ours, { env }, async (stage) => {
    stage.startWorker();
    const { times } = await stage.produce(job, count);
    const executions = await stage.executions(count);
    const delays = executions.map(({ time, result }) => time - times[result - 1]);
    const earliest = Math.min(...delays);
    // the due time is in whole milliseconds
    if (earliest < -1) throw new Error(`a task started ${-earliest} ms before its time`);
    return median(delays);
  });
}

/** What the worker sends is counted; what its scripts then call is not. */
function idleCommands(bench, duringMs) {
  return onStage(bench, sides.ours, {}, async (stage) => {
    await runSome(stage);
    await sleep(1500);
    const monitor = await stage.redis.monitor();
    let sent = 0;
    monitor.on('monitor', (_time, _command, source) => {
      if (source !== 'lua') sent++;
    });
    const startedAt = performance.now();
    await sleep(duringMs);
    const seconds = (performance.now() - startedAt) / 1000;
    monitor.disconnect();
    return sent / seconds;
  });
}

async function runSome(stage) {
  stage.startWorker();
  await stage.produce('fill', 10);
  await stage.executions(10);
}

async function connections({ redis }) {
  const clients = (await redis.client('LIST')).trim().split('\n');
  // one of them is ours
  return clients.length - 1;
}
