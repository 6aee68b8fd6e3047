import { expect, test } from 'vitest';
import { dueOf, entryTail, Layout } from './layout.ts';

const layout = new Layout();

test('the lists of queues are tried by step first, by queue second', () => {
  expect(layout.listKeys(['a', 'b'])).toEqual([
    ...['a', 'b', 'a\x06\x163', 'b\x06\x163'],
    ...['a\x06\x166', 'b\x06\x166', 'a\x06\x169', 'b\x06\x169'],
  ]);
});

test.each([
  [0, 'q'],
  [2, 'q'],
  [3, 'q\x06\x163'],
  [5, 'q\x06\x163'],
  [8, 'q\x06\x166'],
  [9, 'q\x06\x169'],
  [10, 'q\x06\x169'],
  [-1, 'q'],
  ['9', 'q'],
  [undefined, 'q'],
])('a message of priority %s goes to the list of the largest step below', (priority, list) => {
  expect(layout.listKeyFor('q', priority)).toBe(list);
});

test('steps and separator are those given', () => {
  const other = new Layout({ prioritySteps: [0, 5], sep: ':' });

  expect(other.listKeys(['q'])).toEqual(['q', 'q:5']);
  expect(other.listKeyFor('q', 4)).toBe('q');
  expect(other.listKeyFor('q', 5)).toBe('q:5');
  expect(other.bindingRow({ routingKey: 'k', pattern: '', queue: 'q' })).toBe('k::q');
});

test.each([[[3, 6]], [[0, 6, 3]], [[0, 0.5]], [[0, 10]], [[]]])(
  'steps %j are refused',
  (prioritySteps) => {
    expect(() => new Layout({ prioritySteps })).toThrow(/'prioritySteps' must be whole numbers/);
  },
);

test('names beside a queue are those of Kombu, and our own', () => {
  expect(layout.bindingKey('x')).toBe('_kombu.binding.x');
  expect(layout.bindingRow({ routingKey: 'k', pattern: '^k$', queue: 'q' })).toBe(
    'k\x06\x16^k$\x06\x16q',
  );
  expect(layout.deadKey('q')).toBe('q.dead');
  expect(entryTail('q"1')).toBe(', "", "q\\"1"]');
});

test('a row is read as it was written; what is none is not', () => {
  const binding = { routingKey: '', pattern: '', queue: 'q' };

  expect(layout.parseRow(layout.bindingRow(binding))).toEqual(binding);
  expect(layout.parseRow('rubbish')).toBeUndefined();
  expect(layout.parseRow('a\x06\x16b\x06\x16c\x06\x16d')).toBeUndefined();
});

test('who keeps claims in another place shares nothing of ours with the others', () => {
  const other = new Layout({ unackedKey: 'mine' });

  expect([layout.leases, layout.parked]).toEqual(['celeriac.leases', 'celeriac.parked']);
  expect([other.leases, other.parked]).toEqual(['celeriac@mine.leases', 'celeriac@mine.parked']);
  expect(other.idleKey('q')).not.toBe(layout.idleKey('q'));
  expect(other.readyKey('c')).not.toBe(layout.readyKey('c'));
});

test.each([
  [{}, ['/2.fx', '/2.fx/a.b']],
  [{ fanoutPatterns: false }, ['/2.fx', '/2.fx']],
  [{ fanoutPrefix: false }, ['fx', 'fx/a.b']],
  [{ fanoutPrefix: '/team{db}.' }, ['/team2.fx', '/team2.fx/a.b']],
])('with %j a fanout exchange has the channels that Kombu gives it', (options, channels) => {
  const ofDb2 = new Layout(options, 2);

  expect([ofDb2.channelOf('fx', ''), ofDb2.channelOf('fx', 'a.b')]).toEqual(channels);
});

test('a binding with wildcards listens to what fits them, others to all of their exchange', () => {
  expect(layout.patternsOf('fx', 'a.#')).toEqual(['/0.fx/a.*']);
  expect(layout.patternsOf('f[x]', '')).toEqual(['/0.f\\[x\\]', '/0.f\\[x\\]/*']);
  expect(layout.patternsOf('fx', 'celery')).toEqual(['/0.fx', '/0.fx/*']);
  expect(new Layout({ fanoutPatterns: false }).patternsOf('fx', 'a.#')).toEqual(['/0.fx']);
});

test('the tag of a laid aside claim says when it is due', () => {
  expect(dueOf('parked.c8-ab.7@1763829123.25')).toBe(1763829123.25);
  expect(dueOf('c8-ab.7')).toBeUndefined();
});

test('a key prefix begins every key and channel as it stands, ours too', () => {
  const prefixed = new Layout({ globalKeyprefix: 'pfx:', resultKeyprefix: 'res_' }, 1);

  // Kombu's: see the vectors of its redis transport
  expect(prefixed.listKeys(['q']).slice(0, 2)).toEqual(['pfx:q', 'pfx:q\x06\x163']);
  expect([prefixed.unacked, prefixed.unackedIndex]).toEqual(['pfx:unacked', 'pfx:unacked_index']);
  expect(prefixed.bindingKey('fx')).toBe('pfx:_kombu.binding.fx');
  expect(prefixed.channelOf('fx', 'k')).toBe('pfx:/1.fx/k');
  expect(prefixed.patternsOf('fx', 'a.#')).toEqual(['pfx:/1.fx/a.*']);
  const binding = { routingKey: 'k', pattern: '', queue: 'q' };
  expect(prefixed.bindingRow(binding)).toBe('k\x06\x16\x06\x16q');
  expect([
    ...[prefixed.leases, prefixed.parked, prefixed.broadcasts, prefixed.idleKey('q')],
    ...[prefixed.readyKey('c8-ab'), prefixed.seenPrefix('q'), prefixed.deadKey('q')],
  ]).toEqual([
    ...['pfx:celeriac.leases', 'pfx:celeriac.parked', 'pfx:celeriac.broadcasts'],
    ...['pfx:celeriac.idle.q', 'pfx:celeriac.ready.c8-ab', 'pfx:celeriac.seen.q.', 'pfx:q.dead'],
  ]);
  expect(prefixed.replyChannelOf('me')).toBe('res_celeriac.reply.me');
});

test('wildcards in a key prefix stand for themselves', () => {
  expect(new Layout({ globalKeyprefix: 'a*[1]:' }).patternsOf('fx', 'k.*')).toEqual([
    'a\\*\\[1\\]:/0.fx/k.*',
  ]);
});
