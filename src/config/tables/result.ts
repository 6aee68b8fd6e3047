import { backendUrl, clientName, keepFor, tls } from '../connection-kinds.ts';
import { contents, resultSerializer } from '../contents.ts';
import { boolean, flagOr, longestTimer, optional, type Setting, seconds } from '../kinds.ts';
import { healthCheckInterval, silence } from './transport-options.ts';

/** Where results are kept, for how long, and how a Redis with them is connected to. */
export const resultSettings = {
  resultBackend: backendUrl(
    null,
    'Where results are stored; null switches them off, as does a broker without a backend.',
  ),
  resultExtended: boolean(
    false,
    'Store name, arguments, worker, retries and queue of a task beside its result.',
  ),
  resultSerializer: resultSerializer(
    'How results are written, and so how they are read: json, yaml, msgpack, pickle, or one that was registered.',
  ),
  resultAcceptContent: optional(
    contents(
      [],
      'Which serializers results are read in; null = what acceptContent lists, and JSON.',
    ),
  ),
  resultChordRetryInterval: seconds(
    1,
    { min: 0.001, max: longestTimer },
    'How long celery.chord_unlock waits before it looks again whether all parts of a chord are in; for senders whose results cannot be counted.',
  ),
  resultChordJoinTimeout: seconds(
    3,
    { min: 0.001, max: longestTimer },
    'How long celery.chord_unlock may take to read the results of the parts; then it looks again later.',
  ),
  resultExpires: keepFor(86_400, 'How long a result is kept; 0 or null = for ever.'),
  redisBackendUseSsl: flagOr(tls('TLS to the result backend: true, or its details.')),
  redisSocketTimeout: silence('result backend'),
  redisSocketConnectTimeout: optional(
    seconds(
      4,
      { min: 0.001, max: longestTimer },
      'For one attempt to connect to the result backend; null = brokerConnectionTimeout.',
    ),
  ),
  redisSocketKeepalive: boolean(true, 'Whether the system probes idle connections to it.'),
  redisBackendHealthCheckInterval: healthCheckInterval('result backend'),
  redisClientName: optional(
    clientName('What a Redis lists the connections of this app under, those to the broker too.'),
  ),
} satisfies Record<string, Setting<unknown>>;
