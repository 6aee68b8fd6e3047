import { judge } from './judge.mjs';
import { measure } from './measure.mjs';
import { sides, variants } from './sides.mjs';
import { summary } from './statistics.mjs';
import { figure } from './table.mjs';

/**
 * Measures the chosen cases in rounds: each round everyone once, in an order that turns about, so that
 * what else the machine does hits all alike.
 * @param {{ rounds: number, isQuick: boolean, countOf: (case_: object) => number, log: (line: string) => void }} plan
 * @returns the judged figures of all cases; one that failed has an `error` and nothing else.
 */
export async function runCases(bench, chosen, { rounds, isQuick, countOf, log }) {
  const runs = new Map(chosen.map((case_) => [case_, new Map()]));
  const errors = new Map();
  for (let round = 0; round < rounds; round++) {
    for (const case_ of chosen) {
      if (errors.has(case_)) continue;
      try {
        await runRound(bench, case_, {
          count: countOf(case_),
          round,
          isQuick,
          runs: runs.get(case_),
          log,
        });
      } catch (error) {
        errors.set(case_, error);
        log(`${case_.name} failed: ${error.message}`);
      }
    }
  }
  const titles = { ours: sides.ours.title, theirs: sides.theirs.title };
  return chosen.flatMap((case_) =>
    errors.has(case_)
      ? [{ case: case_.name, title: case_.name, error: errors.get(case_).message, isMet: false }]
      : judge(case_, runs.get(case_), titles),
  );
}

async function runRound(bench, case_, { count, round, isQuick, runs, log }) {
  const others = variants.filter(({ isFor }) => isFor(case_) && !isQuick);
  const all = [sides.ours, sides.theirs, ...others];
  // the order of the table stays that of the first round
  for (const { title } of all) if (!runs.has(title)) runs.set(title, []);
  for (const side of round % 2 === 0 ? all : all.toReversed()) {
    const figures = await measure(bench, side, case_, count);
    runs.get(side.title).push(figures);
    const shown = case_.figures
      .map(({ key, unit }) => `${figure(figures[key])} ${unit}`)
      .join(', ');
    log(`round ${round + 1}  ${case_.name.padEnd(16)} ${side.title.padEnd(28)} ${shown}`);
  }
}

/** Measures what our documents promise, `rounds` times, and takes the medians. */
export async function runPromises(bench, promises, { rounds, isQuick, log }) {
  const results = [];
  for (const { title, unit, limit, isMet, measure: measureOnce } of promises) {
    try {
      const values = [];
      for (let round = 0; round < rounds; round++)
        values.push(await measureOnce(bench, { isQuick }));
      const measured = summary(values);
      log(`promise  ${title}: ${figure(measured.median)} ${unit}`.trimEnd());
      results.push({ title, unit, limit, ...measured, isMet: isMet?.(measured.median) ?? true });
    } catch (error) {
      log(`promise  ${title} failed: ${error.message}`);
      results.push({ title, unit, limit, error: error.message, isMet: false });
    }
  }
  return results;
}
