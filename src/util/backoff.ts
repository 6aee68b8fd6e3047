import type { Seconds } from './time.ts';

/**
 * How long to wait before the next retry, doubling from `factor` up to `maximum`.
 * @param retries - retries already made; 0 for the first.
 * @param random - source in [0, 1). With it, any whole second from 0 to the delay ("full jitter").
 * @returns never negative; whole seconds if `factor` and `maximum` are.
 * Source: `get_exponential_backoff_interval` in Celery's `utils/time.py`.
 */
export function retryDelay(
  retries: number,
  { factor, maximum, random }: { factor: Seconds; maximum: Seconds; random?: () => number },
): Seconds {
  const delay = Math.min(maximum, factor * 2 ** retries);
  return Math.max(0, random ? Math.floor(random() * (delay + 1)) : delay);
}
