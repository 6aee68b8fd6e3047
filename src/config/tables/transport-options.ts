import { longestTimer, type Setting, seconds } from '../kinds.ts';

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
} satisfies Record<string, Setting<unknown>>;
