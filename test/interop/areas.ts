import type { Area } from './row.ts';
import { rows as calls } from './rows/calls.ts';
import { rows as canvas } from './rows/canvas.ts';
import { rows as flows } from './rows/flows.ts';
import { rows as links } from './rows/links.ts';

/** All rows of docs/beside-python.md, in its order. `npm run docs:python` after each change. */
export const areas: readonly Area[] = [
  { name: 'calls', title: 'Calls', test: 'messages', rows: calls },
  { name: 'links', title: 'Callbacks', test: 'canvas', rows: links },
  { name: 'canvas', title: 'Chains and groups', test: 'canvas', rows: canvas },
  { name: 'flows', title: 'Chords, built-in tasks and trees', test: 'canvas', rows: flows },
];
