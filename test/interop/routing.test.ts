import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { settings } from '../fixtures/routed.ts';
import { crossing } from './crossing.ts';
import { proveAreas } from './prove.ts';

const routes = readFileSync(new URL('../fixtures/routed.py', import.meta.url), 'utf8');

proveAreas('routing', {
  python: `${crossing.python}\n${routes}`,
  module: fileURLToPath(new URL('../fixtures/routed.ts', import.meta.url)),
  settings,
  db: 3,
  backendUrl: ({ url }) => `${url.replace(/\/\d+$/, '')}/4`,
  queues: { ours: ['default', 'sport.ours', 'everyone'], python: ['sport.python', 'everyone'] },
});
