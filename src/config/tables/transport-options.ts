import type { Seconds } from '../../util/index.ts';
import { boolean, longestTimer, optional, type Setting, seconds } from '../kinds.ts';

/** Of broker and result backend. */
export function silence(place: string): Setting<Seconds> {
  return seconds(
    10,
    { min: 0.001, max: longestTimer },
    `Patience with a ${place} on Redis that owes an answer; then it is connected to anew.`,
  );
}

/** The same. */
export function healthCheckInterval(place: string): Setting<Seconds> {
  return seconds(
    10,
    { min: 0, max: longestTimer },
    `How often an idle connection to a ${place} on Redis is tried out; 0 = never.`,
  );
}

/** What `brokerTransportOptions` may hold. */
export const transportOptionTable = {
  visibilityTimeout: seconds(
    3600,
    { min: 0.1, max: longestTimer },
    'How long Redis keeps a claim that nobody renews, as Python workers see it, too.',
  ),
  leaseTimeout: seconds(
    30,
    { min: 0.1, max: longestTimer },
    'How long a worker of ours may be silent before others get what it had claimed.',
  ),
  socketTimeout: silence('broker'),
  socketConnectTimeout: optional(
    seconds(
      4,
      { min: 0.001, max: longestTimer },
      'For one attempt to connect to a broker on Redis; null = brokerConnectionTimeout.',
    ),
  ),
  socketKeepalive: boolean(true, 'Whether the system probes idle connections to it.'),
  healthCheckInterval: healthCheckInterval('broker'),
} satisfies Record<string, Setting<unknown>>;
