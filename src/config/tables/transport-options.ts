import { longestTimer, type Setting, seconds } from '../kinds.ts';

/** What `brokerTransportOptions` may hold. */
export const transportOptionTable = {
  visibilityTimeout: seconds(
    3600,
    { min: 0.1, max: longestTimer },
    'How long a Redis keeps a claim that nobody renews.',
  ),
  leaseTimeout: seconds(
    30,
    { min: 0.1, max: longestTimer },
    'How long the embedded file keeps a claim that nobody renews.',
  ),
} satisfies Record<string, Setting<unknown>>;
