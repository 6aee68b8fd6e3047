import type { Signal } from './signal.ts';
import { isDeadline, type Refusal } from './trouble.ts';

/** Resolves when the link is up; rejects when it is refused, closed, or the signal is aborted. */
export function untilUp(
  link: { readonly onUp: Signal<void>; readonly onRefused: Signal<Refusal> },
  {
    onClosed,
    signal,
    reason,
  }: { onClosed: Signal<void>; signal: AbortSignal; reason: () => unknown },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => () => {
      for (const stop of stops) stop();
      signal.removeEventListener('abort', onAbort);
      act();
    };
    const onAbort = settle(() => reject(isDeadline(signal.reason) ? reason() : signal.reason));
    const stops = [
      link.onUp.on(settle(resolve)),
      link.onRefused.on((refusal) => settle(() => reject(refusal))()),
      onClosed.on(settle(() => reject(reason()))),
    ];
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
