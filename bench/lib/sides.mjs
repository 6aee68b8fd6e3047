import { join } from 'node:path';
import { rootDir } from '../../scripts/setup.mjs';

const PAGE = 1000;

const celeriac = {
  producer: 'celeriac',
  worker: [join(rootDir, 'dist/cli/main.js'), '-A', 'bench/tasks.mjs', 'worker', '-l', 'warning'],
  env: {},

  pending: (redis) => total(redis.multi().llen('celery').hlen('unacked')),

  async queuedSums(redis) {
    const payloads = await redis.lrange('celery', 0, -1);
    return payloads.map((payload) => {
      const [[a, b]] = JSON.parse(Buffer.from(JSON.parse(payload).body, 'base64').toString());
      return a + b;
    });
  },

  async storedSums(redis) {
    const keys = await keysLike(redis, 'celery-task-meta-*');
    const texts = await inPages(keys, (page) => redis.mget(page));
    const metas = texts.map((text) => JSON.parse(text));
    return metas.map(({ status, result }) => (status === 'SUCCESS' ? result : status));
  },
};

const bullmq = {
  producer: 'bullmq',
  worker: [join(rootDir, 'bench/bullmq-worker.mjs')],
  env: {},

  pending: (redis) => total(redis.multi().llen('bull:bench:wait').llen('bull:bench:active')),

  async queuedSums(redis) {
    const ids = await redis.lrange('bull:bench:wait', 0, -1);
    const texts = await fieldsOf(redis, ids, 'data');
    return texts.map((text) => {
      const [a, b] = JSON.parse(text);
      return a + b;
    });
  },

  async storedSums(redis) {
    const ids = await redis.zrange('bull:bench:completed', 0, -1);
    return (await fieldsOf(redis, ids, 'returnvalue')).map((text) => JSON.parse(text));
  },
};

/**
 * Who is measured: how its producer and worker are started, and where in Redis its queue and its
 * results can be read, so that the bench checks them without trusting either side's own library.
 */
export const sides = {
  ours: { ...celeriac, title: 'celeriac' },
  theirs: { ...bullmq, title: 'BullMQ' },
};

const celery = {
  title: 'Celery',
  producer: join(rootDir, 'bench/celery_canvas.py'),
  program: '/usr/bin/python3',
  worker: [
    ...['-m', 'celery', '--workdir', join(rootDir, 'bench'), '-A', 'celery_canvas', 'worker'],
    ...['-c', '2', '-l', 'warning', '--without-mingle', '--without-gossip', '-P', 'prefork'],
  ],
  env: { PYTHONDONTWRITEBYTECODE: '1' },
  /** Of how many times the others do it: a chord of 1000 takes it seconds. */
  share: 0.25,
  isFor: ({ kind }) => kind === 'canvas',
};

/** The same with other settings, for information; and who is measured in some cases only. */
export const variants = [
  celery,
  {
    ...celeriac,
    title: 'celeriac, -P async -c 100',
    worker: [...celeriac.worker, '-P', 'async', '-c', '100'],
    isFor: ({ kind }) => kind !== 'enqueue',
  },
  {
    ...bullmq,
    title: 'BullMQ, one listener for all',
    env: { BENCH_BULLMQ_WAIT: 'listener' },
    isFor: ({ kind }) => kind === 'answer',
  },
];

/** @returns the sum of what the commands of a transaction counted. */
async function total(transaction) {
  const replies = await transaction.exec();
  return replies.reduce((sum, [, count]) => sum + count, 0);
}

async function keysLike(redis, pattern) {
  const keys = [];
  let cursor = '0';
  do {
    const [next, found] = await redis.scan(cursor, 'MATCH', pattern, 'COUNT', PAGE);
    keys.push(...found);
    cursor = next;
  } while (cursor !== '0');
  // a scan may show a key twice
  return [...new Set(keys)];
}

function fieldsOf(redis, ids, field) {
  return inPages(ids, (page) =>
    Promise.all(page.map((id) => redis.hget(`bull:bench:${id}`, field))),
  );
}

async function inPages(items, read) {
  const all = [];
  for (let from = 0; from < items.length; from += PAGE) {
    all.push(...(await read(items.slice(from, from + PAGE))));
  }
  return all;
}
