import { FlowProducer, Queue, QueueEvents } from 'bullmq';

const connection = { url: process.env.BENCH_REDIS_URL };
/** By default 10,000 events are kept, and who waits for a job whose event is gone waits for ever. */
const streams = { events: { maxLen: 1_000_000 } };

/** How a program sends with BullMQ and waits for results. */
export async function openProducer({ isWaiting }) {
  const queue = new Queue('bench', {
    ...{ connection, streams },
    defaultJobOptions: { removeOnComplete: process.env.BENCH_RESULTS === 'ignored' },
  });
  queue.setMaxListeners(0);
  await queue.waitUntilReady();
  const events = isWaiting ? await openEvents() : undefined;
  const isListening = process.env.BENCH_BULLMQ_WAIT === 'listener';
  const heard = events && isListening ? listen(events) : undefined;
  const flows = isWaiting ? new FlowProducer({ connection }) : undefined;
  const flow = async (root) => (await flows.add(root)).job.waitUntilFinished(events);
  return {
    send: (a, b) => queue.add('add', [a, b]),
    sendMany: (pairs) => queue.addBulk(pairs.map((data) => ({ name: 'add', data }))),
    result: (job) => (heard ? heard(job.id) : job.waitUntilFinished(events)),
    chord(width) {
      const children = Array.from({ length: width }, (_, i) => job('add', [i, 1]));
      return flow(job('sum', null, children));
    },
    chain(length) {
      let last = job('add', [0, 1]);
      for (let i = 1; i < length; i++) last = job('next', 1, [last]);
      return flow(last);
    },
    async close() {
      await flows?.close();
      await events?.close();
      await queue.close();
    },
  };
}

function job(name, data, children) {
  return { name, queueName: 'bench', data, ...(children ? { children } : {}) };
}

async function openEvents() {
  const events = new QueueEvents('bench', { connection });
  events.setMaxListeners(0);
  await events.waitUntilReady();
  return events;
}

/** One listener for all jobs in place of three for each, and no question to Redis for each. */
function listen(events) {
  const waiting = new Map();
  const early = new Map();
  events.on('completed', ({ jobId, returnvalue }) => {
    const resolve = waiting.get(jobId);
    if (resolve) resolve(returnvalue);
    else early.set(jobId, returnvalue);
    waiting.delete(jobId);
  });
  return (jobId) =>
    new Promise((resolve) => {
      if (early.has(jobId)) resolve(early.get(jobId));
      else waiting.set(jobId, resolve);
      early.delete(jobId);
    });
}
