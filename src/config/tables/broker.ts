import { brokerUrl, longestTimer, type Setting, seconds } from '../kinds.ts';

/** Broker and result backend of an app that is given neither. */
export const embeddedUrl = 'sqlite:.celeriac/celeriac.db';

/** Where messages go and how patient we are with it. */
export const brokerSettings = {
  brokerUrl: brokerUrl(embeddedUrl, 'Where messages are sent and taken from.'),
  brokerConnectionTimeout: seconds(4, { min: 0.001, max: longestTimer }, 'Patience to connect.'),
  brokerSendTimeout: seconds(
    5,
    { min: 0.001, max: longestTimer },
    'Patience until the broker has confirmed a message; then sending fails.',
  ),
} satisfies Record<string, Setting<unknown>>;
