import { deflateSync } from 'node:zlib';
import { type Oddity, oddMessage, oldMessage } from './odd-message.ts';
import { type Ending, HOSTILE, type OddRow } from './odd-row.ts';

const dead = (id: string, oddity: Oddity, reason: RegExp): OddRow => ({
  ...{ name: `dead: ${id}`, payload: oddMessage(id, oddity), id },
  ends: { kind: 'dead', reason },
});

/** An entry as it is; by default one whose id nobody can read. */
const entry = (name: string, payload: string, id: string | null = null): OddRow => ({
  ...{ name: `dead: ${name}`, payload, id },
  ends: { kind: 'dead', reason: /no message|not a message/, logged: /no messages?/ },
});

const fine = (id: string, oddity: Oddity, value: unknown = 3): OddRow => ({
  ...{ name: `run: ${id}`, payload: oddMessage(id, oddity), id },
  ends: { kind: 'SUCCESS', value },
});

const failed = (id: string, oddity: Oddity, error: RegExp): OddRow => ({
  ...{ name: `failed: ${id}`, payload: oddMessage(id, oddity), id },
  ends: { kind: 'FAILURE', error },
});

const old = (id: string, body: object, ends: Ending | unknown, oddity: Oddity = {}): OddRow => ({
  ...{ name: `protocol 1: ${id}`, payload: oldMessage(id, body, oddity), id },
  ends: isEnding(ends) ? ends : { kind: 'SUCCESS', value: ends },
});

function isEnding(ends: unknown): ends is Ending {
  return typeof ends === 'object' && ends !== null && 'kind' in ends;
}

/** A value nested so deeply that a reader which calls itself would end. */
const nested = `${'['.repeat(10_000)}${']'.repeat(10_000)}`;
/** JSON with a placeholder in place of what JSON.stringify cannot write. */
const withText = (json: string, text: string): string => json.replace('"@"', () => text);

const bytes = (body: string | Buffer, contentType = 'application/json'): Oddity => ({
  body,
  parts: { 'content-type': contentType },
});
const yaml = (body: string) => bytes(body, 'application/x-yaml');
const msgpack = (...codes: number[]) => bytes(Buffer.from(codes), 'application/x-msgpack');
const zipped = { compression: 'application/x-gzip' };
const json = (value: unknown) => Buffer.from(JSON.stringify(value));
/** What unpacks to twice as much as may be. */
const bomb = () => deflateSync(Buffer.alloc(200_000_000, 0x20));

/** Entries that are no messages. */
export const entries: readonly OddRow[] = [
  entry('nothing at all', ''),
  entry('no JSON', 'hello'),
  entry('terminal escapes', '\u001b]0;x\u0007\u001b[2J'),
  entry('broken JSON', '{"body": '),
  entry('broken JSON in braces', '{]}'),
  entry('a list', '[]'),
  entry('a number', '5'),
  entry('null', 'null'),
  entry('an empty object', '{}'),
  entry('a mark of byte order', `\ufeff${oddMessage('bom')}`),
  entry('two messages', `${oddMessage('one')}${oddMessage('two')}`),
  entry('nesting', nested),
  entry('nesting in braces', `{"a": ${nested}}`),
  entry('nested objects', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`),
  entry('nesting that does not end', `{"a": ${'['.repeat(10_000)}}`),
  entry('many quotes', `{"a": "${'\\"'.repeat(100_000)}}`),
  entry('a prototype', '{"__proto__": {"headers": {"task": "tasks.add", "polluted": 1}}}'),
  entry('a number too long', `{"headers": {}, "x": ${'9'.repeat(5_000)}}`),
];

/** Messages of which a part is missing or of the wrong kind. */
export const broken: readonly OddRow[] = [
  ...[undefined, null, 5, ['x'], 'x'].map((headers, at) =>
    entry(`headers ${headers}`, oddMessage(`h${at}`, { parts: { headers } }), `h${at}`),
  ),
  ...[undefined, null, 5, ['x'], { a: 1 }].map((body, at) =>
    entry(`body ${body}`, oddMessage(`b${at}`, { parts: { body } }), `b${at}`),
  ),
  ...[undefined, null, 5].map((properties, at) =>
    entry(`properties ${properties}`, oddMessage(`p${at}`, { parts: { properties } }), `p${at}`),
  ),
  ...[undefined, null, 5, {}, { exchange: '' }, { exchange: null, routing_key: 'x' }].map(
    (info, at) =>
      entry(
        `delivery info ${JSON.stringify(info)}`,
        oddMessage(`d${at}`, { properties: { delivery_info: info } }),
        `d${at}`,
      ),
  ),
  entry('no tag', oddMessage('notag', { properties: { delivery_tag: undefined } }), 'notag'),
  entry('a type 5', oddMessage('t5', { parts: { 'content-type': 5 } }), 't5'),
  entry('an encoding 5', oddMessage('e5', { parts: { 'content-encoding': 5 } }), 'e5'),
  entry('body encoding', oddMessage('hex', { properties: { body_encoding: 'hex' } }), 'hex'),
  entry('unknown types', oddMessage('ut', { headers: { x: { __type__: 1, __value__: 1 } } }), 'ut'),
  entry('deep headers', withText(oddMessage('dh', { headers: { x: '@' } }), nested), 'dh'),
  entry('deep parts', withText(oddMessage('dp', { parts: { x: '@' } }), nested), 'dp'),
  dead('no content type', { parts: { 'content-type': undefined } }, /content type is missing/),
  dead('strange type', { parts: { 'content-type': '\u001b[2J' } }, /content type is/),
  dead('strange encoding', { parts: { 'content-encoding': 'klingon' } }, /encoding is 'klingon'/),
  dead('no task', { headers: { task: undefined } }, /no 'task' header/),
  dead('task 5', { headers: { task: 5 } }, /'task' must be a name, got 5/),
  dead('task {}', { headers: { task: {} } }, /'task' must be a name/),
  dead('empty task', { headers: { task: '' } }, /'task' must be a name/),
  dead('long task', { headers: { task: 'x'.repeat(1e6) } }, /'task' must be a name, got 'x/),
  ...['__proto__', 'constructor', 'toString', HOSTILE].map((task) =>
    dead(`unknown ${task}`, { headers: { task } }, /unknown task '/),
  ),
  ...[undefined, null, '', 5, 1.5, {}, [], true].map((id) =>
    dead(`id ${JSON.stringify(id)}`, { headers: { id } }, /'id' must be text/),
  ),
  {
    ...dead('id of many digits', {}, /'id' must be text, got 9{70}/),
    payload: withText(oddMessage('id of many digits', { headers: { id: '@' } }), '9'.repeat(400)),
  },
  {
    ...dead('no id anywhere', {}, /'id' must be text/),
    payload: oddMessage('', { properties: { correlation_id: 5 } }),
    id: null,
  },
  ...[[], [[1, 2]], [[1, 2], {}], [[1, 2], {}, {}, {}], 5, null, 'x', true].map((body) =>
    dead(`body ${JSON.stringify(body)}`, { body: json(body) }, /body (has \d items|is no array)/),
  ),
  dead('{"x": 1}', { body: { x: 1 } }, /object without 'args'/),
  ...[[5], [1, 2, 3], [], '5', 5, {}, ['a', null], [null, true]].map((timelimit) =>
    dead(`limit ${JSON.stringify(timelimit)}`, { headers: { timelimit } }, /'timelimit' must be/),
  ),
  ...[[], null, 5, 'x'].map((kwargs) =>
    dead(`kwargs ${JSON.stringify(kwargs)}`, { body: [[1], kwargs, {}] }, /kwargs .* no object/),
  ),
  ...[null, 5, 'xy', true].map((args) =>
    dead(`args ${JSON.stringify(args)}`, { body: [args, {}, {}] }, /args .* no array/),
  ),
  ...[
    5,
    [],
    'x',
    { callbacks: {} },
    { callbacks: [5] },
    { errbacks: [{ task: 5 }] },
    { chain: 1 },
  ].map((embed) =>
    dead(`embed ${JSON.stringify(embed)}`, { body: [[1, 2], {}, embed] }, /embed|no array|no sig/),
  ),
  ...['soon', 5, {}, [], true, '2024-13-45T00:00:00'].flatMap((time) => [
    dead(`eta ${JSON.stringify(time)}`, { headers: { eta: time } }, /'eta' is not a time/),
    dead(`expires ${JSON.stringify(time)}`, { headers: { expires: time } }, /'expires' is not/),
  ]),
];

/** Bodies that cannot be read, or not with what this worker has. */
export const unreadable: readonly OddRow[] = [
  dead('no base64', { parts: { body: '%%%' } }, /no base64/),
  dead('padding', { parts: { body: 'e30=x' } }, /no base64/),
  dead('empty body', { body: '' }, /not JSON/),
  dead('no UTF-8', { body: Buffer.from([0x5b, 0xff, 0x5d]) }, /no UTF-8/),
  dead('half a list', { body: '[[1, 2], {}, ' }, /not JSON/),
  dead('deep args', { body: `[${nested}, {}, {}]` }, /nested more than/),
  dead('deep kwargs', { body: `[[], {"a": ${nested}}, {}]` }, /nested more than/),
  dead('deep embed', { body: `[[1, 2], {}, {"chain": ${nested}}]` }, /nested more than/),
  dead('many digits', { body: `[[${'9'.repeat(5_000)}, 2], {}, {}]` }, /integer of 5000 digits/),
  dead('bad date', { body: [[{ __type__: 'datetime', __value__: 'x' }], {}, {}] }, /datetime/),
  dead(
    'bad decimal',
    { body: [[{ __type__: 'decimal', __value__: `${'1'.repeat(1e5)}x` }], {}, {}] },
    /decimal/,
  ),
  dead('bad bytes', { body: [[{ __type__: 'base64', __value__: '%' }], {}, {}] }, /base64/),
  dead('not zipped', { headers: zipped }, /not compressed as/),
  dead(
    'half zipped',
    { headers: zipped, body: deflateSync(json([[1, 2], {}, {}])).subarray(0, 12) },
    /not compressed as/,
  ),
  dead('strange compression', { headers: { compression: '\u001b[2J' } }, /compression '/),
  ...[5, true, ['zlib'], { a: 1 }].map((compression) =>
    dead(
      `compression ${JSON.stringify(compression)}`,
      { headers: { compression } },
      /'compression' must be text/,
    ),
  ),
  dead('bomb', { headers: zipped, body: bomb() }, /larger than|taskMaxPayload/),
  dead('cyclic yaml', yaml('- &a [*a]\n- {}\n- {}\n'), /./),
  dead('cyclic yaml mapping', yaml('- []\n- &a {x: *a}\n- {}\n'), /./),
  dead('laughing yaml', yaml(laughs()), /./),
  dead('deep yaml', yaml(`[${'['.repeat(2_000)}${']'.repeat(2_000)}, {}, {}]`), /./),
  dead('yaml objects', yaml('- [!!python/object/apply:os.system [ls]]\n- {}\n- {}\n'), /./),
  dead('half a msgpack', msgpack(0x93, 0x92, 0x01), /./),
  dead('a long msgpack', msgpack(0xdd, 0xff, 0xff, 0xff, 0xff), /./),
  dead('deep msgpack', bytes(Buffer.alloc(10_000, 0x91), 'application/x-msgpack'), /./),
  dead('a type that nobody accepts', bytes('x', 'application/data'), /content type/),
];

/** Each level of aliases has ten times as many values as the last. */
function laughs(): string {
  const levels = Array.from({ length: 9 }, (_, at) => {
    const last = at === 0 ? '"ha"' : `*l${at - 1}`;
    return `  l${at}: &l${at} [${Array.from({ length: 10 }, () => last).join(', ')}]`;
  });
  return `- []\n-\n${levels.join('\n')}\n- {}\n`;
}

/** What looks odd, and is run all the same. */
export const odd: readonly OddRow[] = [
  fine(HOSTILE, { properties: { reply_to: HOSTILE, correlation_id: HOSTILE } }),
  { ...fine('in a queue of that name', {}), queue: HOSTILE },
  // as keys of results SQLite cannot hold them: a text ends at a NUL there, and half a pair is another character
  fine('\ud83d half a pair', {}),
  fine('\ud83e half a pair', {}),
  fine('NUL \u0000 in an id', {}),
  fine('NUL \u0000 in another', {}),
  dead('unknown NUL', { headers: { task: 'a\u0000b' } }, /unknown task 'a/),
  fine('half a pair', { body: '[["\\ud83d", "\\udc00x"], {}, {}]' }, '\ud83d\udc00x'),
  fine('names in headers', { headers: { constructor: { polluted: 1 }, toString: 1 } }),
  {
    ...fine('prototypes', {}),
    payload: oddMessage('prototypes').replace(
      /"(headers|properties)": \{/g,
      '$&"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}, ',
    ),
  },
  fine(
    'own __proto__',
    {
      headers: { task: 'tasks.ownKeys' },
      body: '[[{"__proto__": {"polluted": 1}, "constructor": 5, "a": {"__proto__": null}}], {}, {}]',
    },
    [['__proto__', 'constructor', 'a'], true],
  ),
  failed(
    '__proto__ as a keyword',
    { body: '[[1], {"__proto__": {"polluted": 1}, "y": 1}, {}]' },
    /TypeError/,
  ),
  failed('constructor as a keyword', { body: [[1], { constructor: 1 }, {}] }, /TypeError/),
  fine('__proto__ in embed', {
    body: '[[1, 2], {}, {"__proto__": {"polluted": 1}, "chain": null}]',
  }),
  fine(
    'keys twice',
    { headers: { task: 'tasks.echo' }, body: '[[1], {}, {}]'.replace('1', '{"a": 1, "a": 2}') },
    { a: 2 },
  ),
  fine(
    'numbers of all kinds',
    {
      headers: { task: 'tasks.echo' },
      body: '[[[NaN, -Infinity, 1e999, 123456789012345678901]], {}, {}]',
    },
    [Number.NaN, -Infinity, Infinity, 123456789012345678901n],
  ),
  ...[null, '', 0, false, [], {}, 'none'].map((compression) =>
    fine(`compression ${JSON.stringify(compression)}`, { headers: { compression } }),
  ),
  ...[-1, 1.5, 'x', [], {}, true].map((retries) =>
    fine(`retries ${JSON.stringify(retries)}`, { headers: { retries } }),
  ),
  ...[-1, 99, 1e300, 'x', null, {}].map((priority) =>
    fine(`priority ${JSON.stringify(priority)}`, { properties: { priority } }),
  ),
  fine('headers of other kinds', {
    headers: {
      lang: 5,
      shadow: 5,
      group: 5,
      group_index: 'x',
      root_id: 5,
      parent_id: {},
      argsrepr: [],
      kwargsrepr: 5,
      origin: null,
      ignore_result: 'x',
      stamped_headers: 5,
      stamps: 'x',
      replaced_task_nesting: 'x',
    },
  }),
  fine('properties of other kinds', {
    properties: { correlation_id: 5, reply_to: {}, delivery_mode: 'x', expiration: 5 },
  }),
  fine('a long text', { headers: { argsrepr: 'x'.repeat(1e6), mine: '\\"'.repeat(1e5) } }),
  failed(
    'an error with escapes',
    { headers: { task: 'tasks.fail' }, body: [[HOSTILE], {}, {}] },
    /RangeError/,
  ),
  failed(
    'a deep result',
    { headers: { task: 'tasks.deep' }, body: [[10_000], {}, {}] },
    /EncodeError/,
  ),
  fine(
    'a result with escapes',
    { headers: { task: 'tasks.echo' }, body: [[HOSTILE], {}, {}] },
    HOSTILE,
  ),
];

/** What no text of SQLite's can hold, and so cannot get there. */
export const noText: readonly OddRow[] = [entry('NUL', '\u0000')];

/** `tasks.mul` by this, with what follows it in its options, as protocol 1 has it. */
function link(factor: number, options: object): object {
  return { task: 'tasks.mul', args: [factor], kwargs: {}, options, subtask_type: null };
}

/** Messages of protocol 1, whole and broken. */
export const oldMessages: readonly OddRow[] = [
  old('usual', { taskset: null, utc: true, timelimit: [null, null], chord: null }, 3),
  old(
    'group, tries and headers',
    { task: 'tasks.request', args: ['a'], taskset: 'g', group: 'x', retries: 2, timelimit: [9, 5] },
    {
      headers: { mine: 'x' },
      groupId: 'g',
      retries: 2,
      timelimit: [9, 5],
      args: ['a'],
      kwargs: {},
    },
    { headers: { mine: 'x' } },
  ),
  old(
    'again',
    { task: 'tasks.again', taskset: 'g' },
    { sum: 3, groupId: 'g', headers: { mine: 'x' }, retries: 1 },
    { headers: { mine: 'x' } },
  ),
  {
    ...fine(
      'hybrid',
      { headers: { retries: undefined }, body: { args: [4], kwargs: { y: 5 }, retries: 3 } },
      9,
    ),
    name: 'protocol 2 with an object',
  },
  {
    ...fine(
      'hybrid again',
      {
        headers: { task: 'tasks.again', retries: undefined },
        body: { args: [4], kwargs: { y: 5 } },
      },
      { sum: 9, groupId: null, headers: {}, retries: 1 },
    ),
    name: 'protocol 2 with an object, tried again',
  },
  old('expired', { expires: '2020-01-01T00:00:00' }, { kind: 'REVOKED', error: /expired/ }),
  old('unknown', { task: 'nobody' }, { kind: 'dead', reason: /unknown task 'nobody'/ }),
  old('too few', { args: [1] }, { kind: 'FAILURE', error: /TypeError/ }),
  old('task 5', { task: 5 }, { kind: 'dead', reason: /'task' must be a name/ }),
  old('id 5', { id: 5 }, { kind: 'dead', reason: /'id' must be text, got 5/ }),
  old('kwargs null', { kwargs: null }, { kind: 'dead', reason: /kwargs .* no object/ }),
  old('args text', { args: 'xy' }, { kind: 'dead', reason: /args .* no array/ }),
  old('eta', { eta: 'soon' }, { kind: 'dead', reason: /'eta' is not a time/ }),
  old('limit', { timelimit: [1] }, { kind: 'dead', reason: /'timelimit' must be/ }),
  old(
    'chord',
    { chord: { task: 'tasks.echo', options: { task_id: 'body' } } },
    3, // it names no group, so that there is nothing to count
  ),
  {
    ...old(
      'links',
      { callbacks: [link(10, { link: [link(100, { task_id: 'the last link' })] })] },
      1000 * 3,
    ),
    id: 'the last link',
  },
  old('callbacks', { callbacks: [5] }, { kind: 'dead', reason: /no signature/ }),
  {
    ...old('bomb', {}, { kind: 'dead', reason: /larger than|taskMaxPayload/ }),
    payload: oldMessage(
      'bomb of 1',
      {},
      { headers: zipped, parts: { body: bomb().toString('base64') } },
    ),
    id: 'bomb of 1',
  },
];
