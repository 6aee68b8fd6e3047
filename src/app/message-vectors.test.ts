import { inflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { CapturedEntry } from '../../test/vectors/canvas.ts';
import { readVectors } from '../../test/vectors/vectors.ts';
import { type CallOptions, plan, Signature, toWireOptions } from '../canvas/index.ts';
import { resolveSettings } from '../config/index.ts';
import { encodeEnvelope } from '../protocol/index.ts';
import { buildMessage } from './message.ts';
import { Router } from './routing/router.ts';

type Entry = Omit<CapturedEntry, 'properties'> & {
  readonly properties: Record<string, unknown>;
  readonly 'content-type': string;
  readonly 'content-encoding': string;
};

interface ProducerCase {
  readonly name: string;
  readonly lists: Readonly<Record<string, readonly (CapturedEntry | string)[]>>;
}

const cases = new Map(
  readVectors<ProducerCase>('5.6.2', 'ab_redis_producer').map((each) => [each.name, each]),
);

const refuse = () => Promise.reject(new Error('not sent'));
const sender = {
  ...{ send: refuse, apply: refuse },
  freeze: () => {
    throw new Error('not frozen');
  },
  settings: { taskAllowErrorCbOnChordHeader: false },
};
const link = (task: string, ...args: unknown[]) =>
  new Signature<unknown[], never>(
    { task, args, kwargs: {}, options: {}, subtask_type: null, immutable: false },
    sender,
  );
const echoed = { args: [1, 'a', null, [1.5]], kwargs: { k: true } };
const withBytes = { ...echoed, args: [1, 'a', null, [1.5, Buffer.from([255])]] };

type Call = readonly [
  capture: string,
  options: CallOptions<never>,
  /** What else differs from `add(1, 2)`. */
  call?: { readonly args?: unknown[]; readonly kwargs?: object },
];

/** The same calls as in Python. */
const calls: Call[] = [
  ['argsrepr_override', { argsrepr: '<hidden>', kwargsrepr: '<hidden>' }],
  ['time_limits', { timeLimit: 10, softTimeLimit: 5.5 }],
  ['ignore_result', { ignoreResult: true }],
  ['shadow', { shadow: 'nick' }],
  ['priority_4', { priority: 4 }],
  ['queue', { queue: 'other' }],
  ['headers', { headers: { my: 'h', n: 1 } }],
  ['extra_props', { replyTo: 'rq', properties: { appId: 'x' } }],
  [
    'link',
    {
      link: [link('tasks.mul', 10)],
      linkError: [link('tasks.errback_new'), link('tasks.errback_old')],
    },
  ],
  ['link_single', { link: link('tasks.mul', 10) }],
  ['compression_gzip', { compression: 'gzip' }],
  ['compression_zlib', { compression: 'zlib' }],
  ['serializer_json', { serializer: 'json' }, echoed],
  ['serializer_msgpack', { serializer: 'msgpack' }, withBytes],
];

test.each(calls.map((call) => [call[0], call] as const))(
  'a call is written as Python writes it: %s',
  (name, [, options, more]) => {
    const expected = entryOf(name);

    const envelope = encodeEnvelope(messageOf(expected, options, more), 'tag');

    const written = JSON.parse(envelope) as Entry;
    const { delivery_tag: _tag, ...properties } = expected.properties;
    if (name === 'argsrepr_override') {
      // a slip of Celery's: it hands on what it does not know, and so what it has used, too
      delete properties['argsrepr'];
      delete properties['kwargsrepr'];
    }
    expect(JSON.stringify({ ...written.headers, lang: 'py', origin: '' })).toBe(
      JSON.stringify({ ...expected.headers, origin: '' }),
    );
    expect(JSON.stringify({ ...written.properties, delivery_tag: undefined })).toBe(
      JSON.stringify(properties),
    );
    expect(bodyBytes(written)).toEqual(bodyBytes(expected));
    expect(written['content-type']).toBe(expected['content-type']);
    expect(written['content-encoding']).toBe(expected['content-encoding']);
  },
);

/** Unpacked, as the same bytes may be packed in several ways. */
function bodyBytes({ body, headers }: Entry): Buffer {
  const bytes = Buffer.from(body, 'base64');
  return headers['compression'] === undefined ? bytes : inflateSync(bytes);
}

function entryOf(name: string): Entry {
  const entry = Object.values(cases.get(name)?.lists ?? {})[0]?.[0];
  if (entry === undefined) throw new Error(`no capture '${name}'`);
  return typeof entry === 'string'
    ? (JSON.parse(entry) as Entry)
    : (entry as CapturedEntry & Entry);
}

function messageOf(
  { headers, properties }: Entry,
  options: CallOptions<never>,
  { args = [1, 2], kwargs = {} }: { args?: unknown[]; kwargs?: object } = {},
) {
  const signature = {
    ...{ task: String(headers['task']), args, kwargs: kwargs as Record<string, unknown> },
    ...{ subtask_type: null, immutable: false },
    options: { task_id: headers.id, ...toWireOptions(options) },
  };
  const replyTo = String(properties['reply_to']);
  const [task] = plan(signature, { newId: () => 'new', replyTo }).tasks;
  if (!task) throw new Error('nothing planned');
  const settings = resolveSettings({});
  const router = new Router(settings);
  return buildMessage(task, { settings, router, nowMs: 0, origin: '', task: undefined });
}
