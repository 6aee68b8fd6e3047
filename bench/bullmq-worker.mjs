import { Worker } from 'bullmq';
import { tally } from './lib/tally.mjs';

const CONCURRENCY = 100;

/** The other side's worker: the same sum, noted in the same way, at BullMQ's best concurrency. */
const worker = new Worker('bench', async ({ data: [a, b] }) => tally(a + b), {
  connection: { url: process.env.BENCH_REDIS_URL },
  concurrency: CONCURRENCY,
});

worker.on('error', (error) => console.error(error));
process.once('SIGTERM', () => void worker.close());
