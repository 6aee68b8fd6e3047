import { test } from 'vitest';

/** What an implementation cannot do, each with the reason, which the report shows beside the skipped tests. */
export interface Gaps {
  readonly otherProcesses?: string;
}

/** A test that needs what an implementation may lack. @param reason - why it lacks it; undefined: it does not. */
export function testUnless(reason: string | undefined) {
  return (name: string, run: () => Promise<void>): void => {
    if (reason === undefined) test(name, run);
    else test.skip(`${name} (not here: ${reason})`, run);
  };
}
