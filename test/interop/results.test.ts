import { proveAreas } from './prove.ts';

/** The same settings on either side. */
proveAreas('results', {
  python: 'app.conf.result_extended = True\napp.conf.result_expires = 1234',
  args: ['--set', 'resultExtended=true', '--set', 'resultExpires=1234'],
});
