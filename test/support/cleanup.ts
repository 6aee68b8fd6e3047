import { afterAll } from 'vitest';

const endings: (() => Promise<void>)[] = [];

/** Has `end` run when the test file is over: the last registered first, each though another fails. */
export function onFileEnd(end: () => Promise<void>): void {
  endings.push(end);
}

/** Ends what is registered so far; it is called when the file is over. */
export async function endEverything(): Promise<void> {
  const problems: unknown[] = [];
  for (const end of endings.splice(0).reverse()) {
    await end().catch((problem: unknown) => problems.push(problem));
  }
  if (problems.length > 0) throw new AggregateError(problems, 'what the tests started did not end');
}

afterAll(endEverything);
