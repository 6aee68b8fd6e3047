import { expect, test } from 'vitest';
import { BrokerRefusedError, BrokerUnavailableError } from '../../errors.ts';
import { connected } from './connected.ts';

const gone = new BrokerUnavailableError('redis://h', 'ECONNREFUSED');

/** A link whose attempts end as they are told to, and which counts them. */
function linkOf(outcomes: readonly ('up' | 'down' | Error)[]) {
  const listeners = new Set<(error: BrokerUnavailableError) => void>();
  const link = {
    ...{ isUp: false, attempts: 0 },
    onFailed: {
      on(listener: (error: BrokerUnavailableError) => void) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
    async ready(signal: AbortSignal): Promise<void> {
      const outcome = outcomes[link.attempts++];
      if (outcome instanceof Error) throw outcome;
      if (outcome === 'up') return;
      queueMicrotask(() => {
        for (const listener of listeners) listener(gone);
      });
      await new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    },
  };
  return link;
}

const never = new AbortController().signal;
const policy = { intervalStartMs: 0, intervalStepMs: 1, intervalMaxMs: 2 };

test('a link that is up is not asked again', async () => {
  const link = { ...linkOf([]), isUp: true };

  await connected(link, never, { ...policy, maxRetries: 0 });

  expect(link.attempts).toBe(0);
});

test('it is tried again as often as the policy says, and then the last failure is told', async () => {
  const link = linkOf(['down', 'down', 'down', 'up']);

  await expect(connected(link, never, { ...policy, maxRetries: 2 })).rejects.toBe(gone);

  expect(link.attempts).toBe(3);
});

test('the first attempt that works is the last', async () => {
  const link = linkOf(['down', 'up', 'down']);

  await connected(link, never, { ...policy, maxRetries: null });

  expect(link.attempts).toBe(2);
});

test('who is refused does not try again', async () => {
  const refused = new BrokerRefusedError('redis://h', 'WRONGPASS');
  const link = linkOf([refused, 'up']);

  await expect(connected(link, never, { ...policy, maxRetries: 5 })).rejects.toBe(refused);
});

test('a wait ends with the deadline', async () => {
  const deadline = new AbortController();
  const link = linkOf(['down', 'up']);
  const long = { ...policy, maxRetries: null, intervalStartMs: 60_000, intervalMaxMs: 60_000 };

  const connecting = connected(link, deadline.signal, long);
  await new Promise((resolve) => setImmediate(resolve));
  deadline.abort(new DOMException('late', 'TimeoutError'));

  await expect(connecting).rejects.toBe(gone);
});
