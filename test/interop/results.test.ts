import { readFileSync } from 'node:fs';
import { proveAreas } from './prove.ts';

const hearing = readFileSync(new URL('../fixtures/hearing.py', import.meta.url), 'utf8');

/** The same settings on either side. */
proveAreas('results', {
  python: `app.conf.result_extended = True\napp.conf.result_expires = 1234\n${hearing}`,
  args: ['--set', 'resultExtended=true', '--set', 'resultExpires=1234'],
});
