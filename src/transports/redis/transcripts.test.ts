import { describe, expect, test } from 'vitest';
import { type CeleryVersion, readVectors } from '../../../test/vectors/vectors.ts';
import {
  decodeBody,
  decodeResultMeta,
  encodeBody,
  encodeResultMeta,
  type ParsedEnvelope,
  parseEnvelope,
  resultKeyOf,
} from '../../protocol/index.ts';
import { splitEntry } from './entry.ts';
import { entryTail, Layout } from './layout.ts';

/** What a Python process sent to its Redis, command by command. */
interface Transcript {
  readonly name?: string;
  readonly commands?: readonly (readonly string[])[];
  readonly transport_options?: Readonly<Record<string, unknown>>;
  /** Commands as the server's monitor prints them. */
  readonly lines?: readonly string[];
}

const versions = ['5.2.6', '5.6.2'] as const satisfies readonly CeleryVersion[];

/** Every transcript of both versions, with where it is from. */
const transcripts = versions.flatMap((version) =>
  [
    ...readVectors<Transcript>(version, 'b_redis_transport'),
    ...readVectors<Transcript>(version, 'b_worker_startup_commands'),
    ...readVectors<Transcript>(version, 'b_worker_task_commands'),
    ...readVectors<Transcript>(version, 'b_worker_shutdown_commands'),
  ].map(({ name = 'worker', commands = [], lines = [], transport_options: options = {} }, at) => ({
    name: `${name} of ${version} (${at})`,
    version,
    commands: [...commands, ...lines.map(fromMonitor)],
    layout: layoutOf(options),
  })),
);

/** `"BRPOP" "a\x06" "1"` as a command of some client. */
function fromMonitor(line: string): string[] {
  const words = [...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, word = '']) =>
    word.replace(/\\x(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
  );
  return ['', ...words];
}

function layoutOf(options: Readonly<Record<string, unknown>>): Layout {
  const given: Record<string, unknown> = {
    globalKeyprefix: options.global_keyprefix,
    prioritySteps: options.priority_steps,
    sep: options.sep,
    fanoutPrefix: options.fanout_prefix,
    fanoutPatterns: options.fanout_patterns,
  };
  const said = Object.entries(given).filter(([, value]) => value !== undefined);
  return new Layout(Object.fromEntries(said));
}

/** What the commands of some name have behind it, of all transcripts. */
function all(...names: readonly string[]) {
  return transcripts.flatMap(({ name, version, layout, commands }) =>
    commands
      .filter(([, command = '']) => names.includes(command))
      .map(([, , ...args]) => ({ name, version, layout, args })),
  );
}

function parsed(text: string): ParsedEnvelope & { ok: true } {
  const envelope = parseEnvelope(text);
  if (!envelope.ok) throw new Error(envelope.reason);
  return envelope;
}

/** The queue that a list is of. */
function queueOf(list: string): string {
  const [queue = ''] = list.replace(/^pfx:/, '').replaceAll('\x06\x16', ':').split(':');
  return queue;
}

const published = all('LPUSH', 'RPUSH').map(({ args: [list = '', payload = ''], ...where }) => {
  return { ...where, list, payload, envelope: parsed(payload) };
});
const bindings = all('SADD', 'SREM').map(({ args: [key = '', row = ''], ...where }) => {
  return { ...where, key, row };
});
const claims = all('HSET').map(({ args: [key = '', tag = '', entry = ''], ...where }) => {
  return { ...where, key, tag, entry };
});
const stored = all('SETEX').map(({ args: [key = '', , document = ''], version }) => {
  return { key, document, version };
});

test('the transcripts are there', () => {
  expect(published.length).toBeGreaterThan(90);
  expect(bindings.length).toBeGreaterThan(90);
  expect(claims.length).toBeGreaterThan(40);
  expect(stored).toHaveLength(4);
});

describe('a queue', () => {
  test('has its messages in the list of their priority', () => {
    for (const { list, envelope, layout, version } of published) {
      const { headers, properties } = envelope;
      const expected = layout.listKeyFor(queueOf(list), properties.priority);

      // Kombu 5.2 puts what it restores into the first list; both are served
      const isFirst = version === '5.2.6' && headers.redelivered === true;
      expect(list).toBe(isFirst ? layout.listKeyFor(queueOf(list), 0) : expected);
    }
  });

  test('is looked at step by step, as a consumer of several takes from them', () => {
    for (const { args, layout } of all('BRPOP')) {
      const lists = args.slice(0, -1);
      const queues = lists.slice(0, lists.length / 4);

      expect(layout.listKeys(queues)).toEqual(lists);
    }
  });

  test('is counted and emptied in the lists that we know', () => {
    for (const { args, layout } of all('LLEN', 'DEL')) {
      const [list = ''] = args;

      expect(layout.listKeys([queueOf(list)])).toContain(list);
    }
  });
});

test('each binding is a row of ours, in the set of its exchange, byte for byte', () => {
  for (const { key, row, layout } of bindings) {
    const exchange = /_kombu\.binding\.(.*)$/.exec(key)?.[1] ?? '';
    const parts = layout.parseRow(row);

    expect(layout.bindingKey(exchange)).toBe(key);
    expect(parts && layout.bindingRow(parts)).toBe(row);
  }
});

test('each claim is an entry of ours around the bytes that were published', () => {
  for (const { key, tag, entry, layout, name } of claims) {
    const parts = splitEntry(entry);
    const { properties } = parsed(parts?.payload ?? '');

    expect(key).toBe(layout.unacked);
    expect(properties.delivery_tag).toBe(tag);
    expect(parts).toMatchObject({
      exchange: (properties.delivery_info as { exchange: string }).exchange,
      routingKey: (properties.delivery_info as { routing_key: string }).routing_key,
    });
    if (parts?.exchange === '')
      expect(`[${parts.payload}${entryTail(parts.routingKey)}`).toBe(entry);
    const sent = published.filter((each) => each.name === name).map(({ payload }) => payload);
    expect(sent).toContain(parts?.payload);
  }
});

test('claims are kept, timed and given up under the keys that we know', () => {
  for (const { args, layout } of all('ZADD', 'ZREM')) expect(args[0]).toBe(layout.unackedIndex);
  for (const { args, layout } of all('HDEL', 'HGET')) expect(args[0]).toBe(layout.unacked);
  for (const { args } of all('ZADD')) expect(Number(args[1])).toBeGreaterThan(1_700_000_000);
});

test('fanout messages and those who listen use the channels that we know', () => {
  for (const { args, layout } of all('PUBLISH')) {
    const [channel = '', payload = ''] = args;
    if (channel.startsWith('celery-task-meta-')) continue;
    const { exchange, routing_key: key } = parsed(payload).properties.delivery_info as {
      exchange: string;
      routing_key: string;
    };

    expect(layout.channelOf(exchange, key)).toBe(channel);
  }
  const patterns = all('PSUBSCRIBE').map(({ args: [pattern = ''] }) => pattern);
  const known = [
    ...new Layout().patternsOf('celery.pidbox', ''),
    ...new Layout().patternsOf('celeryev', 'worker.#'),
    ...new Layout().patternsOf('fx', 'a.#'),
  ];
  expect(known).toEqual(expect.arrayContaining(patterns));
});

test('the tasks among the messages have bodies that we would have written', () => {
  const tasks = published.filter(({ envelope }) => 'task' in envelope.headers);

  for (const { envelope } of tasks) {
    const { args, kwargs, embed } = decodeBody(envelope);
    expect(encodeBody(args, kwargs, embed)).toBe(Buffer.from(envelope.body, 'base64').toString());
  }
  expect(tasks.length).toBeGreaterThan(5);
});

test('the results are read, and written again as Celery 5.6 writes them', () => {
  for (const { key, document, version } of stored) {
    const meta = decodeResultMeta(document);
    const newer = document.replace(/("date_done": "[^"+]*)"/, '$1+00:00"');

    expect(resultKeyOf(meta.taskId)).toBe(key);
    expect(encodeResultMeta(meta)).toBe(version === '5.2.6' ? newer : document);
  }
});
