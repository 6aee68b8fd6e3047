/**
 * What is measured on both sides. `kind` says how: `enqueue` runs a producer alone, `process` a worker
 * on a queue filled before, `answer` and `canvas` both at once. `job` is the producer's. `tasks` are those measured,
 * `quickTasks` those of `--quick`. Each figure has the least advantage over BullMQ that is promised.
 */
export const cases = [
  {
    name: 'enqueue-one',
    kind: 'enqueue',
    job: 'one',
    tasks: 10_000,
    quickTasks: 1_000,
    figures: [rate('enqueue, each send awaited', 1.1)],
  },
  {
    name: 'enqueue-100',
    kind: 'enqueue',
    job: 'inFlight',
    tasks: 20_000,
    quickTasks: 2_000,
    figures: [rate('enqueue, 100 in flight', 1.5)],
  },
  {
    name: 'enqueue-bulk',
    kind: 'enqueue',
    job: 'bulk',
    tasks: 50_000,
    quickTasks: 5_000,
    figures: [rate('enqueue, 1000 at once', 1.5)],
  },
  {
    name: 'process-ignored',
    kind: 'process',
    job: 'fill',
    tasks: 50_000,
    quickTasks: 5_000,
    results: 'ignored',
    figures: [rate('process, results ignored', 1.5)],
  },
  {
    name: 'process-stored',
    kind: 'process',
    job: 'fill',
    tasks: 50_000,
    quickTasks: 5_000,
    figures: [rate('process, results stored', 1.5)],
  },
  {
    name: 'end-to-end',
    kind: 'answer',
    job: 'endToEnd',
    tasks: 20_000,
    quickTasks: 2_000,
    figures: [rate('end to end, every result awaited', 1.5)],
  },
  {
    name: 'round-trip',
    kind: 'answer',
    job: 'roundTrip',
    tasks: 1_000,
    quickTasks: 100,
    figures: ['p50', 'p95', 'p99'].map((key) => ({
      key,
      title: `idle round trip, ${key}`,
      unit: 'ms',
      better: 'lower',
      bound: 1.5,
    })),
  },
  canvas('chord-1000', 'wideChord', time('chord of 1000, to the result of its body', 3, 25)),
  canvas('chords-100', 'manyChords', time('100 chords of 10 at once, to all results', 1, 1)),
  canvas('chain-100', 'longChain', time('chain of 100, to the last result', 1, 1)),
];

/** A workflow sent to a running worker, as often as `tasks` says, one after the other; the first ones warm up. */
function canvas(name, job, figure) {
  return {
    name: `canvas-${name}`,
    kind: 'canvas',
    job,
    tasks: 12,
    quickTasks: 2,
    figures: [figure],
  };
}

/** A figure that is held against Celery's too. */
function time(title, bound, celeryBound) {
  const beside = [{ who: 'Celery', bound: celeryBound }];
  return { key: 'ms', title, unit: 'ms', better: 'lower', bound, beside };
}

function rate(title, bound) {
  return { key: 'rate', title, unit: 'tasks/s', better: 'higher', bound };
}
