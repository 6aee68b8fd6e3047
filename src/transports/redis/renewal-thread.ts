import { parentPort, workerData } from 'node:worker_threads';
import { RedisLink } from '../../drivers/redis/index.ts';
import { summaryOf } from '../../errors.ts';
import { dropLease } from './drop-lease.lua.ts';
import { keepBroadcast } from './keep-broadcast.lua.ts';
import { Layout } from './layout.ts';
import { renew } from './renew.lua.ts';
import type { RenewalNews, RenewalOrder, RenewalReport } from './renewal.ts';

const { address, prefix, leaseMs, everyMs, ...order } = workerData as RenewalOrder;

let numbers = new Float64Array(order.numbers);
let latest = 0;
let hasLease = false;
let trouble = '';

const link = new RedisLink([address]);
const layout = new Layout(order.layout, address.db);
link.hold();
link.onUp.on(() => void tick());
link.onDown.on((error) => report(error.summary));
setInterval(() => void tick(), everyMs);
parentPort?.on('message', (news: RenewalNews) => {
  numbers = new Float64Array(news.numbers);
});

async function tick(): Promise<void> {
  if (!link.isUp) return;
  try {
    await renewHeld();
    await keepBroadcasts();
    report('');
  } catch (error) {
    report(summaryOf(error));
  }
}

/** Renews what is held; a worker that holds nothing needs no lease, and costs nothing. */
async function renewHeld(): Promise<void> {
  const [latestNow = 0, ...slots] = numbers;
  const tags = slots.filter((number) => number > 0).map((number) => `${prefix}.${number}`);
  const leaseSeconds = leaseMs / 1000;
  hasLease ||= latestNow !== latest; // each claim takes one out
  latest = latestNow;
  if (tags.length > 0) await renew(link, { layout, prefix, leaseSeconds, tags });
  // not one that a claim has just taken out, and does not show here yet
  else if (hasLease)
    hasLease = !(await dropLease(link, { layout, prefix, seconds: leaseSeconds - 2 }));
}

/** A consumer with queues of its own says that it lives, whatever it holds. */
async function keepBroadcasts(): Promise<void> {
  for (const broadcast of order.broadcasts) {
    await keepBroadcast(link, { layout, broadcast, leaseSeconds: leaseMs / 1000 });
  }
}

function report(now: string): void {
  if (now === trouble) return;
  trouble = now;
  const told: RenewalReport = { trouble };
  parentPort?.postMessage(told);
}
