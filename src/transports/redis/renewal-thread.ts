import { parentPort, workerData } from 'node:worker_threads';
import { parseRedisUrl, RedisLink } from '../../drivers/redis/index.ts';
import { dropLease } from './drop-lease.lua.ts';
import { renew } from './renew.lua.ts';
import type { RenewalNews, RenewalOrder, RenewalReport } from './renewal.ts';

const { url, prefix, leaseMs, everyMs, connectTimeoutMs, ...order } = workerData as RenewalOrder;

let numbers = new Float64Array(order.numbers);
let hasLease = true;
let trouble = '';

const link = new RedisLink(parseRedisUrl(url), { connectTimeoutMs });
link.hold();
link.onUp.on(() => void tick());
link.onDown.on((error) => report(error.message));
setInterval(() => void tick(), everyMs);
parentPort?.on('message', (news: RenewalNews) => {
  numbers = new Float64Array(news.numbers);
});

async function tick(): Promise<void> {
  if (!link.isUp) return;
  try {
    await renewHeld();
    report('');
  } catch (error) {
    report(error instanceof Error ? error.message : String(error));
  }
}

/** Renews what is held; a worker that holds nothing needs no lease, and costs nothing. */
async function renewHeld(): Promise<void> {
  const tags: string[] = [];
  for (const number of numbers) if (number > 0) tags.push(`${prefix}.${number}`);
  const leaseSeconds = leaseMs / 1000;
  if (tags.length > 0) {
    hasLease = true;
    await renew(link, { prefix, leaseSeconds, tags });
  } else if (hasLease) {
    // unless a claim has just renewed it
    hasLease = !(await dropLease(link, { prefix, seconds: leaseSeconds - 1 }));
  }
}

function report(now: string): void {
  if (now === trouble) return;
  trouble = now;
  const told: RenewalReport = { trouble };
  parentPort?.postMessage(told);
}
