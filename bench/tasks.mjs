import { Celery } from '../dist/index.js';
import { tally } from './lib/tally.mjs';

const { BENCH_REDIS_URL: url, BENCH_RESULTS } = process.env;

/** The app under measurement: `celeriac -A bench/tasks.mjs worker`, and what sends to it. */
export const app = new Celery('bench', {
  broker: url,
  backend: url,
  taskIgnoreResult: BENCH_RESULTS === 'ignored',
});

/** The task of all cases. */
export const add = app.task(function add(a, b) {
  return tally(a + b);
});

/** The body of a chord. */
export const sum = app.task(function sum(numbers) {
  return numbers.reduce((total, each) => total + each, 0);
});
