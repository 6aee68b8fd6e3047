import { advantage, median, summary } from './statistics.mjs';

/**
 * Sums up a case.
 * @param {object} case_ - from the table of cases
 * @param {Map<string, object[]>} runs - the figures of each round, by the title of who was measured.
 * @param {{ ours: string, theirs: string }} titles - whose figures decide; all others are for information.
 * @returns one entry per figure, with the ratio of medians and whether it reaches its bound.
 */
export function judge(case_, runs, titles) {
  return case_.figures.map(({ key, title, unit, better, bound }) => {
    const measured = [...runs].map(([who, figures]) => ({
      who,
      ...summary(figures.map((figures_) => figures_[key])),
      ...cpuOf(figures),
    }));
    const of = (who) => measured.find((entry) => entry.who === who);
    const theirs = of(titles.theirs);
    const compared = measured.map((entry) => ({
      ...entry,
      ratio: advantage(entry.median, theirs.median, better),
    }));
    const { ratio } = compared.find((entry) => entry.who === titles.ours);
    return { case: case_.name, title, unit, better, bound, ratio, isMet: ratio > bound, compared };
  });
}

/** CPU time per task, where it was taken: steadier than any rate on a machine that does other things too. */
function cpuOf(figures) {
  if (figures.some(({ cpuUs }) => !(cpuUs >= 0))) return {};
  return {
    cpuUs: median(figures.map(({ cpuUs }) => cpuUs)),
    redisUs: median(figures.map(({ redisUs }) => redisUs)),
  };
}
