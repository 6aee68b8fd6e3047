import { advantage, median, summary } from './statistics.mjs';

/**
 * Sums up a case.
 * @param {object} case_ - from the table of cases
 * @param {Map<string, object[]>} runs - the figures of each round, by the title of who was measured.
 * @param {{ ours: string, theirs: string }} titles - whose figures decide; all others are for information.
 * @returns one entry per figure, with the ratio of medians and whether it reaches its bound; one more for each
 * who was measured that the figure is held against `beside` them.
 */
export function judge(case_, runs, titles) {
  return case_.figures.flatMap(({ beside = [], ...figure }) => {
    const apart = beside.map(({ who }) => who);
    const runsOf = (isIn) => new Map([...runs].filter(([who]) => isIn(who)));
    return [
      judgeFigure(
        case_,
        figure,
        runsOf((who) => !apart.includes(who)),
        titles,
      ),
      ...beside
        .filter(({ who }) => runs.has(who))
        .map(({ who, bound }) => {
          const title = `${figure.title}, beside ${who}`;
          const both = runsOf((name) => name === titles.ours || name === who);
          return judgeFigure(case_, { ...figure, title, bound }, both, { ...titles, theirs: who });
        }),
    ];
  });
}

function judgeFigure(case_, { key, title, unit, better, bound }, runs, titles) {
  const measured = [...runs].map(([who, figures]) => ({
    who,
    ...summary(figures.map((figures_) => figures_[key])),
    ...cpuOf(figures),
  }));
  const theirs = measured.find(({ who }) => who === titles.theirs);
  const compared = measured.map((entry) => ({
    ...entry,
    ratio: advantage(entry.median, theirs.median, better),
  }));
  const { ratio } = compared.find(({ who }) => who === titles.ours);
  const against = titles.theirs;
  const isMet = ratio > bound;
  return { case: case_.name, title, unit, better, bound, against, ratio, isMet, compared };
}

/** CPU time per task, where it was taken: steadier than any rate on a machine that does other things too. */
function cpuOf(figures) {
  if (figures.some(({ cpuUs }) => !(cpuUs >= 0))) return {};
  return {
    cpuUs: median(figures.map(({ cpuUs }) => cpuUs)),
    redisUs: median(figures.map(({ redisUs }) => redisUs)),
  };
}
