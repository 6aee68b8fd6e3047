import { isPrioritySteps } from '../../protocol/index.ts';
import type { Seconds } from '../../util/index.ts';
import { keyprefix } from '../connection-kinds.ts';
import {
  boolean,
  custom,
  flagOr,
  longestTimer,
  name,
  oneOf,
  optional,
  type Setting,
  seconds,
} from '../kinds.ts';

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
    `How often the connection that hears from a ${place} on Redis is tried out, as it may be idle for long; 0 = never.`,
  );
}

/** A text that a test accepts. */
function textThat(
  preset: string,
  { expects, test }: { expects: string; test: RegExp },
  help: string,
): Setting<string> {
  return custom({
    default: preset,
    help,
    expects,
    written: 'as it is',
    parse: (value) =>
      typeof value === 'string' && test.test(value) ? { ok: true, value } : { ok: false },
    fromText: (text) => text,
  });
}

/** What `resultBackendTransportOptions` may hold. */
export const resultTransportOptionTable = {
  globalKeyprefix: keyprefix(
    "Begins the keys of results in a Redis, with a '_' behind it unless it ends with one of : _ - .",
  ),
  resultChordOrdered: boolean(
    true,
    "Whether a chord's body gets results in the order of the header; if not, as they came. All who share chords need the same.",
  ),
} satisfies Record<string, Setting<unknown>>;

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
  queueOrderStrategy: oneOf(
    'round_robin',
    ['round_robin', 'priority', 'sorted'],
    'Which queue a worker tries first: the one served longest ago, the first given, or the first by name.',
  ),
  prioritySteps: custom<readonly number[]>({
    default: Object.freeze([0, 3, 6, 9]),
    help: 'Priorities that are kept apart; the others count as the next lower of them. All who share queues need the same.',
    expects: 'a list of whole numbers that rise from 0 to 9 at most',
    parse: (value) =>
      isPrioritySteps(value) ? { ok: true, value: Object.freeze([...value]) } : { ok: false },
  }),
  sep: textThat(
    '\x06\x16',
    { expects: 'a text that is not empty', test: /^.+$/s },
    'What Redis has between the names of queues and their steps. All who share queues need the same.',
  ),
  fanoutPrefix: flagOr(
    textThat(
      '/{db}.',
      { expects: "a text that begins with '/' and ends with '.'", test: /^\/.*\.$/ },
      'What Redis has before the channels of fanout exchanges; {db} is the database.',
    ),
    true,
  ),
  fanoutPatterns: boolean(
    true,
    "Whether a message's routing key is a part of its fanout exchange's channel on Redis.",
  ),
  unackedKey: name('unacked', 'Where Redis keeps claims. All workers of a queue need the same.'),
  unackedIndexKey: name('unacked_index', 'Where Redis keeps the times of claims.'),
  globalKeyprefix: keyprefix(
    'Begins every key and channel of the broker in a Redis, for several apps on one server.',
  ),
} satisfies Record<string, Setting<unknown>>;
