import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { now } from './clock.mjs';

const CAPACITY = 32_768;
const FLUSH_MS = 20;

/** Pairs of time and result, not yet in the file. */
const pairs = new Float64Array(2 * CAPACITY);
let used = 0;
let file;
let timer;
/** For the bench's own test: the first execution of a thread is left out. */
let isForgetting = process.env.BENCH_FAULT === 'miscount';

/**
 * Notes that a task ran, when, and with which result; called inside the task function. Costs a look
 * at the clock and two stores: the pairs reach this thread's file in the folder `BENCH_TALLY` every
 * 20 ms, where `readExecutions` finds them.
 */
export function tally(result) {
  if (isForgetting) {
    isForgetting = false;
    return result;
  }
  if (used === pairs.length) flush();
  pairs[used] = now();
  pairs[used + 1] = result;
  used += 2;
  timer ??= setTimeout(flush, FLUSH_MS);
  return result;
}

function flush() {
  clearTimeout(timer);
  timer = undefined;
  file ??= openSync(join(process.env.BENCH_TALLY, `${process.pid}-${threadId}.tally`), 'w');
  writeSync(file, new Uint8Array(pairs.buffer, 0, used * pairs.BYTES_PER_ELEMENT));
  used = 0;
}
