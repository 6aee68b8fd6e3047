import { figure, spread, tableLines } from './table.mjs';

/**
 * @param {readonly object[]} results - the judged figures of all cases
 * @param {{ ours: string, theirs: string }} titles
 * @returns the lines of the comparison, and those of what was measured for information.
 */
export function comparisonLines(results, titles) {
  const head = ['', 'unit', titles.ours, titles.theirs, 'ratio', 'promised', ''];
  const rows = results.map((result) =>
    result.error ? [result.title, '', '', '', '', '', 'FAIL'] : comparison(result, titles),
  );
  const others = results.filter(({ error }) => !error).flatMap((result) => asides(result, titles));
  const lines = tableLines([head, ...rows]);
  if (others.length === 0) return lines;
  const asideHead = ['for information, with other settings', 'unit', '', 'ratio'];
  return [...lines, '', ...tableLines([asideHead, ...others])];
}

/** @returns the lines of the CPU time that a task takes, of the process measured and of Redis. */
export function cpuLines(results) {
  const rows = results.flatMap(({ title, compared = [] }) =>
    compared
      .filter(({ cpuUs }) => cpuUs !== undefined)
      .map(({ who, cpuUs, redisUs }) => [`${title}: ${who}`, figure(cpuUs), figure(redisUs)]),
  );
  return rows.length === 0 ? [] : tableLines([['CPU time, µs per task', 'Node', 'Redis'], ...rows]);
}

/** @returns the lines of what was promised and what is. */
export function promiseLines(results) {
  const head = ['promise', 'unit', 'measured', 'limit', ''];
  const rows = results.map((result) => {
    const { title, unit, limit, error, isMet } = result;
    if (error) return [title, unit, '', '', 'FAIL'];
    if (limit === undefined) return [title, unit, spread(result), '', ''];
    return [title, unit, spread(result), figure(limit), verdict(isMet)];
  });
  return tableLines([head, ...rows]);
}

function comparison({ title, unit, compared, against, ratio, bound, isMet }, { ours }) {
  const of = (who) => spread(compared.find((entry) => entry.who === who));
  return [title, unit, of(ours), of(against), ratio.toFixed(2), bound.toFixed(2), verdict(isMet)];
}

function asides({ title, unit, compared }, { ours, theirs }) {
  return compared
    .filter(({ who }) => who !== ours && who !== theirs)
    .map((entry) => [`${title}: ${entry.who}`, unit, spread(entry), entry.ratio.toFixed(2)]);
}

function verdict(isMet) {
  return isMet ? 'PASS' : 'MISS';
}
