import { brokerUrl, failoverStrategy, tls } from '../connection-kinds.ts';
import {
  boolean,
  flagOr,
  integer,
  longestTimer,
  optional,
  type Setting,
  seconds,
} from '../kinds.ts';

/** Broker and result backend of an app that is given neither. */
export const embeddedUrl = 'sqlite:.celeriac/celeriac.db';

/** Where messages go and how patient we are with it. */
export const brokerSettings = {
  brokerUrl: brokerUrl(embeddedUrl, 'Where messages are sent and taken from.'),
  brokerReadUrl: optional(brokerUrl('', 'Where workers take messages, if not from brokerUrl.')),
  brokerWriteUrl: optional(brokerUrl('', 'Where messages are sent, if not to brokerUrl.')),
  brokerFailoverStrategy: failoverStrategy(
    'round-robin',
    'Which server of a list is tried when one does not answer.',
  ),
  brokerUseSsl: flagOr(tls('TLS to the broker: true, or its details.')),
  brokerConnectionRetry: boolean(
    true,
    'Whether a worker whose broker is gone waits for it; else it stops.',
  ),
  brokerConnectionRetryOnStartup: optional(
    boolean(true, 'The same when it starts; null = as brokerConnectionRetry.'),
  ),
  brokerConnectionMaxRetries: optional(
    integer(0, { min: 0 }, 'How often a worker tries again to connect; 0 or null = for ever.'),
    0,
  ),
  brokerConnectionTimeout: seconds(4, { min: 0.001, max: longestTimer }, 'Patience to connect.'),
  brokerSendTimeout: seconds(
    5,
    { min: 0.001, max: longestTimer },
    'Patience until the broker has confirmed a message; then sending fails.',
  ),
} satisfies Record<string, Setting<unknown>>;
