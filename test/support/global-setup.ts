import { ensureBuilt } from '../../scripts/setup.mjs';

/** Before the tests that start our programs: dist is that of the sources, also without npm test. */
export default async function globalSetup(): Promise<void> {
  await ensureBuilt();
}
