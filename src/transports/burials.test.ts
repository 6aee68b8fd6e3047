import { expect, test } from 'vitest';
import { burialNote, burialNotices, idOf, readNote, redrivenMessage } from './burials.ts';

const payload =
  '{"body": "W10=", "headers": {"task": "add", "id": "1"}, "properties": {"delivery_info": {"exchange": "", "routing_key": "q", "redelivered": true}, "body_encoding": "base64", "priority": 3}}';
const verdict = { reason: 'why', at: '2026-01-01T00:00:00.000Z', worker: 'w' };
const burial = { reason: 'why', at: new Date(verdict.at), worker: 'w', deliveries: 1 };
const earlierHeader =
  '"x-celeriac-burials": [{"reason": "why", "worker": "w", "at": "2026-01-01T00:00:00.000Z", "deliveries": 1}]';

test('what is kept of a dead letter names the task if there is one', () => {
  expect(JSON.parse(burialNote(verdict, payload))).toEqual({
    ...verdict,
    ...{ deliveries: 1, task: 'add', id: '1' },
  });
  expect(JSON.parse(burialNote(verdict, 'rubbish'))).toEqual({
    ...verdict,
    ...{ deliveries: 0, task: null, id: null },
  });
});

test('the task and the id of a message of protocol 1 are in its body', () => {
  const body = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64');
  const named = (text: string) => {
    const { task, id } = JSON.parse(burialNote(verdict, text)) as { task: unknown; id: unknown };
    return [task, id];
  };
  const old = (text: string) =>
    payload
      .replace('"task": "add", "id": "1"', '')
      .replace('"W10="', `"${text}", "content-type": "application/json"`);
  const correlated = (text: string) =>
    text.replace('"priority": 3', '"priority": 3, "correlation_id": "c"');

  expect(named(old(body({ task: 'add', id: '1', args: [] })))).toEqual(['add', '1']);
  expect(named(old(body({ task: 'add', id: 'x'.repeat(1e6) })))).toEqual([null, null]);
  expect(named(correlated(old('%')))).toEqual([null, 'c']);
  expect(named(correlated(payload.replace('"1"', '5')))).toEqual(['add', 5]);
  expect(named(correlated(payload.replace('"W10="', '5')))).toEqual([null, '1']);
});

test('what is said of entries that are given up together: how many, of which queue, and why', () => {
  const reason = 'why';

  expect(burialNotices([])).toEqual([]);
  expect(
    burialNotices([
      { queue: 'a', reason },
      { queue: 'b', reason },
      { queue: 'a', reason },
      { queue: 'c', reason: 'x'.repeat(1e6) },
      { queue: 'c', reason },
    ]),
  ).toEqual([
    "moved 2 entries to dead letters of queue 'a': why",
    "moved an entry to dead letters of queue 'b': why",
    `moved 2 entries to dead letters of queue 'c': of the first: ${'x'.repeat(2_000)}…`,
  ]);
});

test('what is kept is short, whatever the message says', () => {
  const long = 'x'.repeat(1_000_000);
  const message = payload.replace('"add"', `"${long}"`).replace('"1"', '{"a": 1}');

  const note = burialNote({ ...verdict, reason: long }, message);

  expect(note.length).toBeLessThan(5_000);
  expect(readNote(note)).toMatchObject({ taskId: null, earlier: [] });
});

test('what is kept can be read, and what an earlier version kept too', () => {
  const known = { task: 'add', taskId: '1', earlier: [] };
  expect(readNote(burialNote(verdict, payload))).toEqual({ ...burial, ...known });

  const old = readNote('{"reason":"why","node":"w","at":"2026-01-01T00:00:00.000Z"}');
  expect(old).toEqual({ ...burial, deliveries: 0, task: null, taskId: null, earlier: [] });
});

test.each(['', '{', 'null', '[]', '{"at": "x", "earlier": [7, null], "id": 7}'])(
  'of %j as much is read as there is',
  (note) => {
    const read = readNote(note);
    expect(read).toMatchObject({ reason: 'nobody wrote it down', at: null, worker: '' });
  },
);

test('a message goes back with its deliveries at 0 and its burial in a header, all else to the byte', () => {
  const redriven = redrivenMessage(payload, { ...burial, earlier: [] });

  expect(redriven?.payload).toBe(
    payload.replace('"id": "1"', `"id": "1", "x-celeriac-deliveries": 0, ${earlierHeader}`),
  );
  expect(redriven?.priority).toBe(3);
});

test('bytes that are no text go back as they are', () => {
  const bytes = Buffer.concat([
    Buffer.from(payload.replace('"add"', '"a').slice(0, 40)),
    Buffer.from([0xff, 0xc3]),
    Buffer.from('", "id": "1"}, "properties": {"body_encoding": "base64"}}'),
  ]).toString('latin1');

  const redriven = redrivenMessage(bytes, { ...burial, earlier: [] });

  expect(redriven?.payload).toBe(bytes.replace('"id": "1"', `"id": "1", ${earlierHeader}`));
});

test('a message of protocol 1 goes back with its history, and what is no message does not', () => {
  const old = '{"body": "x", "headers": {}, "properties": {}}';
  const { payload } = redrivenMessage(old, { ...burial, earlier: [] }) ?? {};
  expect(payload).toBe(`{"body": "x", "headers": {${earlierHeader}}, "properties": {}}`);
  expect(redrivenMessage('rubbish', { ...burial, earlier: [] })).toBeUndefined();
  expect(redrivenMessage('{"body": 7}', { ...burial, earlier: [] })).toBeUndefined();
});

test('the id is the SHA-1 of the bytes', () => {
  expect(idOf(Buffer.from('abc'))).toBe('a9993e364706816aba3e25717850c26c9cd0d89d');
});
