/**
 * Wraps work so that it runs once per turn of the event loop however often it is asked for: after all
 * that is ready to run now, so that what many callers ask for at once travels together.
 */
export function soon(work: () => void): () => void {
  let isPlanned = false;
  const run = (): void => {
    isPlanned = false;
    work();
  };
  return () => {
    if (isPlanned) return;
    isPlanned = true;
    // a tick runs when no promise is left to continue; a microtask gets it behind those
    queueMicrotask(() => process.nextTick(run));
  };
}
