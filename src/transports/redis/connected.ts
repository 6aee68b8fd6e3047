import type { RedisLink } from '../../drivers/redis/index.ts';
import { BrokerUnavailableError } from '../../errors.ts';
import type { Millis } from '../../util/index.ts';
import type { PublishRetry } from '../transport.ts';

/** What is asked of a link to a server. */
type Link = Pick<RedisLink, 'isUp' | 'ready'> & {
  readonly onFailed: Pick<RedisLink['onFailed'], 'on'>;
};

/**
 * Resolves when the link can be used.
 * @param retry - how often it may fail to connect, and how soon it is tried again; until the signal is aborted, at
 *   the link's own pace, if not given.
 * @throws as `RedisLink.ready`; BrokerUnavailableError of the last attempt once they are used up
 */
export async function connected(
  link: Link,
  signal: AbortSignal,
  retry: PublishRetry | undefined,
): Promise<void> {
  if (link.isUp) return;
  if (!retry) {
    await link.ready(signal);
    return;
  }
  for (let retries = 0; ; retries++) {
    try {
      await readyAtOnce(link, signal);
      return;
    } catch (error) {
      const isOver = retry.maxRetries !== null && retries >= retry.maxRetries;
      if (!(error instanceof BrokerUnavailableError) || isOver || signal.aborted) throw error;
      if (!(await pause(waitBefore(retries, retry), signal))) throw error;
    }
  }
}

/** How long to wait before a retry, growing by the same step each time; 0 is the first. */
function waitBefore(retries: number, retry: PublishRetry): Millis {
  const { intervalStartMs, intervalStepMs, intervalMaxMs } = retry;
  return Math.min(intervalMaxMs, intervalStartMs + retries * intervalStepMs);
}

/** Gives up with the first attempt that fails. */
async function readyAtOnce(link: Link, signal: AbortSignal): Promise<void> {
  const failure = new AbortController();
  const stop = link.onFailed.on((error) => failure.abort(error));
  try {
    await link.ready(AbortSignal.any([signal, failure.signal]));
  } finally {
    stop();
  }
}

/** @returns false once the signal is aborted. */
function pause(ms: Millis, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (isOver: boolean) => () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      resolve(isOver);
    };
    const onAbort = end(false);
    const timer = setTimeout(end(true), ms);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
