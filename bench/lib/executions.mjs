import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const PAIR_BYTES = 16;

/** @returns how many executions the threads have noted so far with `tally`. */
export function countExecutions(folder) {
  const sizes = readdirSync(folder).map((name) => statSync(join(folder, name)).size);
  return sizes.reduce((sum, size) => sum + Math.floor(size / PAIR_BYTES), 0);
}

/** @returns every execution that was noted: when, and with which result. */
export function readExecutions(folder) {
  const executions = [];
  for (const name of readdirSync(folder)) {
    const bytes = readFileSync(join(folder, name));
    for (let at = 0; at + PAIR_BYTES <= bytes.length; at += PAIR_BYTES) {
      executions.push({ time: bytes.readDoubleLE(at), result: bytes.readDoubleLE(at + 8) });
    }
  }
  return executions;
}

/**
 * Throws unless the numbers are 1 to `count`, each once, and the rest is below 1: the sum of task i
 * is i, that of a warm-up task is not above 0.
 * @param {string} what - where the numbers are from, for the error.
 */
export function verifySums(what, sums, count) {
  const seen = new Uint8Array(count + 1);
  const strange = sums.filter((sum) => !(Number.isInteger(sum) && sum <= count));
  let double = 0;
  for (const sum of sums) {
    if (!(sum >= 1 && sum <= count)) continue;
    if (seen[sum] === 1) double++;
    seen[sum] = 1;
  }
  const missing = count - seen.reduce((total, one) => total + one, 0);
  if (missing + double + strange.length === 0) return;
  const example = strange.length > 0 ? `, such as ${strange[0]}` : '';
  throw new Error(
    `${what}: of ${count} sums ${missing} are missing, ${double} came twice, ` +
      `${strange.length} are none of them${example}`,
  );
}
