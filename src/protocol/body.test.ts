import { expect, test, vi } from 'vitest';
import { MessageInvalidError } from '../errors.ts';
import { decodeBody, type Embed, encodeBody } from './body.ts';
import { parseSignature } from './signature.ts';

const nothing: Embed = { callbacks: null, errbacks: null, chain: null, chord: null };
const add = parseSignature({ task: 'add' }, 'it');

function read(body: string, part: Partial<Parameters<typeof decodeBody>[0]> = {}) {
  return decodeBody({
    body,
    bodyEncoding: 'utf-8',
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    ...part,
  });
}

test('a body is written as Celery writes it', () => {
  expect(encodeBody([2, 'é'], { a: [1, { b: null }] }, nothing)).toBe(
    '[[2, "\\u00e9"], {"a": [1, {"b": null}]}, {"callbacks": null, "errbacks": null, "chain": null, "chord": null}]',
  );
});

test('what follows is written with it and comes back', () => {
  const embed: Embed = { callbacks: [add], errbacks: [], chain: [add, add], chord: add };

  const text = encodeBody([], {}, embed);

  expect(text).toContain(
    '"chord": {"task": "add", "args": [], "kwargs": {}, "options": {}, "subtask_type": null, "immutable": false}}',
  );
  expect(read(text)).toEqual({ args: [], kwargs: {}, embed });
});

test.each([
  [[1, { price: Number }], {}, nothing, 'args[1].price'],
  [[], { when: new Map() }, nothing, 'kwargs.when'],
  [[], {}, { ...nothing, chain: [{ ...add, args: [Symbol('x')] }] }, 'chain[0].args[0]'],
])('a value without a JSON form is refused with its path: %#', (args, kwargs, embed, path) => {
  expect(() => encodeBody(args, kwargs, embed)).toThrow(expect.objectContaining({ path }));
});

test('the plain form of values can be asked for', () => {
  expect(encodeBody([new Date(0)], {}, nothing, { types: 'plain' })).toContain(
    '[["1970-01-01T00:00:00Z"], {}',
  );
});

test('a body in base64 is read, ASCII or not', () => {
  for (const text of ['a', 'é', '\ufffd', '😀']) {
    const body = Buffer.from(`[["${text}"], {}, {}]`).toString('base64');

    expect(read(body, { bodyEncoding: 'base64' }).args).toEqual([text]);
  }
});

test.each([['null'], ['{}'], ['{"chain": null}'], ['{"callbacks":null,"x":1}']])(
  'an embed of %s means that nothing follows',
  (embed) => {
    expect(read(`[[1], {"a": 2}, ${embed}]`)).toEqual({
      args: [1],
      kwargs: { a: 2 },
      embed: nothing,
    });
  },
);

test('a hand-made signature needs no more than its task, and keeps what is unknown', () => {
  const { embed } = read('[[], {}, {"chain": [{"task": "t", "args": null, "chord_size": 2}]}]');

  expect(embed.chain).toEqual([
    {
      task: 't',
      args: [],
      kwargs: {},
      options: {},
      subtask_type: null,
      immutable: false,
      chord_size: 2,
    },
  ]);
});

test.each([
  ['"text"', 'the body is no array; expected [args, kwargs, embed]'],
  ['[[], {}, {}, {}]', 'the body has 4 items'],
  [
    '[[], {}, 1, {"callbacks": null, "errbacks": null, "chain": null, "chord": null}]',
    'the body has 4 items',
  ],
  ['[[], {}, []]', 'the embed of the body is no object'],
  ['[[], {}, {"chain": 1}]', 'chain of the body are no array'],
  ['[[], {}, {"callbacks": [{}]}]', "callbacks[0] is no signature: it has no 'task'"],
  ['[[], {}, {"chord": {"task": "t", "args": {}}}]', 'chord.args is not an array'],
  ['[[], {}, {"chord": {"task": "t", "options": 1}}]', 'chord.options is not an object'],
  ['[[1, {}, {}]', "expected ',' or ']'"],
])('%s is refused, saying why', (body, reason) => {
  expect(() => read(body)).toThrow(MessageInvalidError);
  expect(() => read(body)).toThrow(reason);
});

test.each([
  [{ contentType: null }, 'the content type is missing'],
  [
    { contentType: 'application/x-yaml' },
    "'application/x-yaml'; accepted is json; add 'yaml' to 'acceptContent'",
  ],
  [
    { contentEncoding: 'utf-16' },
    "the content encoding is 'utf-16'; accepted are utf-8 and binary",
  ],
  [{ bodyEncoding: 'base64', body: '!' } as const, 'the body is no base64'],
  [
    { bodyEncoding: 'base64', body: Buffer.from([0x78, 0x9c, 0xff]).toString('base64') } as const,
    'no UTF-8 text; was it compressed?',
  ],
])('a body of another kind is refused: %j', (part, reason) => {
  expect(() => read('[[], {}, {}]', part)).toThrow(MessageInvalidError);
  expect(() => read('[[], {}, {}]', part)).toThrow(reason);
});

test('bodies that end alike are read alike, whatever is before that', () => {
  const body = parseSignature({ task: 'sum', kwargs: { a: [1] } }, 'it');
  const embed: Embed = { ...nothing, chord: body };
  const calls: [unknown[], Record<string, unknown>][] = [
    [[1, 2], {}],
    [[{ callbacks: null }], { b: 2n ** 70n }],
    [['é"'], {}],
  ];

  for (const [args, kwargs] of [...calls, ...calls]) {
    expect(read(encodeBody(args, kwargs, embed))).toEqual({ args, kwargs, embed });
  }
  expect(Object.isFrozen(read(encodeBody([1], {}, embed)).embed.chord?.options)).toBe(true);
});

/** What of a body is parsed when it is read again, by its number of characters. */
function parsed(text: string): readonly number[] {
  const parse = vi.spyOn(JSON, 'parse');
  read(text);
  const lengths = parse.mock.calls.map(([each]) => each.length);
  parse.mockRestore();
  return lengths;
}

const memberOf = (task: string) =>
  encodeBody([1], {}, { ...nothing, chord: parseSignature({ task }, 'it') });

test('the ends of members of several chords that come in turns are read once', () => {
  const texts = ['a', 'b', 'c'].map(memberOf);
  texts.forEach(parsed);

  expect(texts.map(parsed)).toEqual([
    ['[[1], {}]'.length],
    ['[[1], {}]'.length],
    ['[[1], {}]'.length],
  ]);
});

test('a body with an end that is too long to be kept is read once', () => {
  const text = memberOf('s'.repeat(10_000));

  expect(parsed(text)).toEqual([text.length]);
});

test('an end that was read before makes nothing good that is before it', () => {
  const text = encodeBody([1], {}, { ...nothing, chord: parseSignature({ task: 's' }, 'it') });
  const end = text.slice('[[1], {}'.length);
  read(text);

  for (const start of ['[[1]', '[[1], {}, 3', '[[1, {}', '{"a": [1, 2', '[[1], {}]']) {
    expect(() => read(start + end), start).toThrow(MessageInvalidError);
  }
  expect(() => read(`[1, {}${end}`)).toThrow('the args of the body are no array');
});

test('an end within what follows is not taken for the whole', () => {
  const inner = '{"callbacks": 5}]}, "options": {}}}]';
  const text = `[[], {}, {"chord": {"task": "s", "kwargs": {"a": [1, ${inner}`;
  expect(read(text).embed.chord?.task).toBe('s');

  expect(() => read(`[[], {}, ${inner}`)).toThrow(MessageInvalidError);
});

test('a chord that was changed after its members were written is written as it is then', async () => {
  const values = [1];
  const chord = parseSignature({ task: 's', args: [values] }, 'it');
  const write = () => encodeBody([], {}, { ...nothing, chord });
  expect(write()).toBe(write());

  await Promise.resolve();
  values.push(2);

  expect(write()).toContain('"args": [[1, 2]]');
});
