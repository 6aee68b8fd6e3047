import { Worker } from 'bullmq';
import { tally } from './lib/tally.mjs';

const CONCURRENCY = 100;

/** The other side's worker: the same sum, noted in the same way, at BullMQ's best concurrency. */
const worker = new Worker('bench', run, {
  connection: { url: process.env.BENCH_REDIS_URL },
  concurrency: CONCURRENCY,
});

/** A job of a flow that others come before has what those gave, in the order that Redis has it. */
async function run(job) {
  const { name, data } = job;
  if (name === 'add') return tally(data[0] + data[1]);
  const given = Object.values(await job.getChildrenValues());
  const total = given.reduce((sum, each) => sum + each, 0);
  return name === 'next' ? total + data : total;
}

worker.on('error', (error) => console.error(error));
process.once('SIGTERM', () => void worker.close());
