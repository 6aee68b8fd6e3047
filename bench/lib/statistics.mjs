/** @returns the middle value, or the mean of the two middle ones. */
export function median(values) {
  const sorted = ascending(values);
  const upper = Math.floor(sorted.length / 2);
  if (sorted.length % 2 === 1) return sorted[upper];
  return (sorted[upper - 1] + sorted[upper]) / 2;
}

/** @returns the smallest value that at least `percent` of all values do not exceed. */
export function percentile(values, percent) {
  const sorted = ascending(values);
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)];
}

/** @returns what a table shows of the same figure measured several times. */
export function summary(values) {
  const sorted = ascending(values);
  return { median: median(sorted), lowest: sorted[0], highest: sorted.at(-1), values };
}

/**
 * @param {'higher' | 'lower'} better - whether more is better, as with rates, or less, as with times.
 * @returns how many times better `ours` is than `theirs`; below 1 it is worse.
 */
export function advantage(ours, theirs, better) {
  return better === 'higher' ? ours / theirs : theirs / ours;
}

/**
 * @param {readonly number[]} times - when each task ran, in milliseconds, in any order.
 * @returns tasks per second from the first tenth, which is the way to full speed, to the last one.
 */
export function steadyRate(times) {
  const sorted = ascending(times);
  const mark = Math.max(1, Math.floor(sorted.length / 10));
  return ((sorted.length - mark) / (sorted[sorted.length - 1] - sorted[mark - 1])) * 1000;
}

function ascending(values) {
  if (values.length === 0) throw new Error('no values to take statistics of');
  return [...values].sort((a, b) => a - b);
}
