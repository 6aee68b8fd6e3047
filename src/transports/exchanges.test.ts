import { expect, test } from 'vitest';
import { readVectors } from '../../test/vectors/vectors.ts';
import { bindingsOf, isBroadcastQueue, newBroadcastName, queuesFor } from './exchanges.ts';
import { fits, topicPattern } from './topic-patterns.ts';

interface TransportVector {
  readonly name: string;
  readonly commands: readonly (readonly string[])[];
}

const captured = (['5.2.6', '5.6.2'] as const).flatMap((version) =>
  readVectors<TransportVector>(version, 'b_redis_transport')
    .filter(({ name }) => name === 'topic' || name === 'topic2')
    .map((vector) => ({ ...vector, version })),
);

/** What Kombu wrote about a topic exchange: its rows, and which queues got which message. */
function read({ commands }: TransportVector) {
  const rows = commands
    .filter(([, command]) => command === 'SADD')
    .map(([, , , row = '']) => {
      const [routingKey = '', pattern = '', queue = ''] = row.split('\x06\x16');
      return { routingKey, pattern, queue };
    });
  const sent = commands
    .filter(([, command]) => command === 'LPUSH')
    .map(([, , queue = '', payload = '']) => {
      const routingKey = JSON.parse(payload).properties.delivery_info.routing_key as string;
      return { queue, routingKey };
    });
  return { rows, sent };
}

test('the captures are there', () => {
  expect(captured).toHaveLength(4);
  expect(captured.flatMap((vector) => read(vector).rows).length).toBeGreaterThan(15);
});

test.each(captured)('the patterns of $name of $version are those of Kombu', (vector) => {
  for (const { routingKey, pattern } of read(vector).rows) {
    expect(topicPattern(routingKey)).toBe(pattern);
  }
});

test.each(captured)('messages of $name of $version go to the queues of Kombu', (vector) => {
  const { rows, sent } = read(vector);
  for (const key of new Set(sent.map(({ routingKey }) => routingKey))) {
    const queues = sent.filter(({ routingKey }) => routingKey === key).map(({ queue }) => queue);
    expect(queuesFor('topic', rows, key)).toEqual(queues.toSorted());
  }
});

test.each([
  ['a.*', 'a.b', true],
  ['a.*', 'a.b.c', true],
  ['a.#', 'a', false],
  ['a.#', 'a.b.c', true],
  ['#', 'any.thing', true],
  ['a.*.c', 'a.b.c', true],
  ['a', 'ab', false],
  ['a.constructor.*', 'a.constructor.b', true],
])('the topic %s fits the key %s: %s', (topic, key, isFit) => {
  expect(fits(topicPattern(topic), key)).toBe(isFit);
});

test('what only Python understands fits nothing, and no pattern either', () => {
  expect(fits('(?P<n>a)', 'a')).toBe(false);
  expect(fits('', 'a')).toBe(false);
});

test('a direct exchange goes by the key alone, and gives each queue one message', () => {
  const rows = [
    { routingKey: 'k', pattern: '', queue: 'b' },
    { routingKey: 'k', pattern: '', queue: 'a' },
    { routingKey: 'k', pattern: 'x', queue: 'a' },
    { routingKey: 'other', pattern: '^k$', queue: 'c' },
  ];

  expect(queuesFor('direct', rows, 'k')).toEqual(['a', 'b']);
  expect(queuesFor('fanout', rows, '')).toEqual(['a', 'b', 'c']);
});

test('a queue has a binding per exchange that is not the default one', () => {
  const spec = {
    name: 'q',
    isBroadcast: false,
    bindings: [
      { exchange: { name: '', type: 'direct' }, routingKey: 'q' },
      { exchange: { name: 'd', type: 'direct' }, routingKey: 'k' },
      { exchange: { name: 't', type: 'topic' }, routingKey: 'a.#' },
    ],
  } as const;

  expect(bindingsOf(spec)).toEqual([
    { exchange: 'd', routingKey: 'k', pattern: '', queue: 'q' },
    { exchange: 't', routingKey: 'a.#', pattern: '^a\\..*?$', queue: 'q' },
  ]);
});

test("only names that are made for consumers are consumers' own", () => {
  expect(isBroadcastQueue(newBroadcastName())).toBe(true);
  expect(isBroadcastQueue('bcast.orders')).toBe(false);
  expect(isBroadcastQueue(`${newBroadcastName()}.more`)).toBe(false);
});
