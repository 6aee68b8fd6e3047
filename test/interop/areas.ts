import type { Area } from './row.ts';
import { rows as calls } from './rows/calls.ts';

/** All rows of docs/beside-python.md, in its order. `npm run docs:python` after each change. */
export const areas: readonly Area[] = [
  { name: 'calls', title: 'Calls', test: 'messages', rows: calls },
];
