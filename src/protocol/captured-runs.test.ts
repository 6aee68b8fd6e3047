import { describe, expect, test } from 'vitest';
import { type CeleryVersion, readVectors } from '../../test/vectors/vectors.ts';
import { type BodyPart, decodeBody, encodeBody } from './body.ts';
import { parseEnvelope } from './envelope.ts';
import { decodeJson } from './json-decode.ts';
import { encodeJson } from './json-encode.ts';
import { isFinal } from './result.ts';
import {
  decodeResultMeta,
  encodeResultMeta,
  resultKeyOf,
  resultKeyprefixOf,
} from './result-meta.ts';

/** What a real worker was sent and what it left, scenario by scenario. */
interface Run {
  readonly name: string;
  readonly sent_messages?: readonly { readonly body: string }[];
  readonly result_writes?: readonly (readonly string[])[];
  readonly other_result_commands?: readonly (readonly string[])[];
  readonly keys_after?: Readonly<Record<string, { readonly value: unknown }>>;
}

/** What a client put into its queues. */
interface Sent {
  readonly name: string;
  readonly lists: Readonly<Record<string, readonly string[]>>;
}

const versions = ['5.2.6', '5.6.2'] as const satisfies readonly CeleryVersion[];

const runs = versions.flatMap((version) =>
  [
    ...readVectors<Run>(version, 'd_results_redis'),
    ...readVectors<Run>(version, 'd_results_redis_extended'),
    ...readVectors<Run>(version, 'd_results_redis_variants'),
  ].map((run) => ({ ...run, version, title: `${run.name} of ${version}` })),
);

const sent = versions.flatMap((version) =>
  [
    ...readVectors<Sent>(version, 'ab_redis_producer'),
    ...readVectors<Sent>(version, 'e_canvas_wire'),
  ].map(({ name, lists }) => ({ title: `${name} of ${version}`, lists })),
);

/** Bodies as they are read, and the text that each is. */
function bodiesIn(payloads: readonly string[]): { part: BodyPart; text: string }[] {
  return payloads.map((payload) => {
    const envelope = parseEnvelope(payload);
    if (!envelope.ok) throw new Error(envelope.reason);
    return { part: envelope, text: Buffer.from(envelope.body, 'base64').toString() };
  });
}

function fromText(text: string): { part: BodyPart; text: string } {
  const kind = { contentType: 'application/json', contentEncoding: 'utf-8' };
  return { part: { ...kind, body: text, bodyEncoding: 'utf-8' }, text };
}

/** Protocol 2 in plain JSON; the others are read where serializers, compressions and protocol 1 are tested. */
function isPlain(payload: string): boolean {
  return (
    payload.includes('"task": ') &&
    payload.includes('"application/json"') &&
    !payload.includes('"compression": ')
  );
}

const bodies = [
  ...runs.map(({ title, sent_messages: messages = [] }) => {
    return { title, bodies: messages.map(({ body }) => fromText(body)) };
  }),
  ...sent.map(({ title, lists }) => {
    return { title, bodies: bodiesIn(Object.values(lists).flat().filter(isPlain)) };
  }),
].filter((each) => each.bodies.length > 0);

test('the captures are there', () => {
  expect(runs.length).toBeGreaterThan(130);
  expect(bodies.length).toBeGreaterThan(250);
  expect(bodies.flatMap((each) => each.bodies).length).toBeGreaterThan(400);
});

test.each(bodies)('the bodies of $title are read, and written again byte for byte', (vector) => {
  for (const { part, text } of vector.bodies) {
    const { args, kwargs, embed } = decodeBody(part);

    // a Date has no microseconds
    expect(encodeBody(args, kwargs, embed)).toBe(text.replace('05.678901', '05.678000'));
  }
});

/** Commands on the keys of groups and chords: their handle, the parts of a chord, how many there are. */
const chords = runs.flatMap(({ title, other_result_commands: commands = [] }) =>
  commands.map(([, command = '', key = '', ...args]) => {
    return { title, command, key, last: args.at(-1) ?? '' };
  }),
);

describe('a chord', () => {
  const parts = chords.filter(({ command }) => command === 'ZADD' || command === 'RPUSH');

  test('is told of each part in a line of JSON that we write byte for byte', () => {
    for (const { last } of parts) {
      const part = decodeJson(last) as [unknown, unknown, string, unknown];

      expect(part).toEqual([1, expect.any(String), expect.any(String), part[3]]);
      expect(isFinal(part[2])).toBe(true);
      expect(encodeJson(part)).toBe(last);
    }
    expect(parts.length).toBeGreaterThan(60);
  });

  test('has its parts and its size beside the handle of its group', () => {
    const keys = /^(?:pfx_)?celery-taskset-meta-[0-9a-f-]{36}(?:\.[jst])?$/;

    expect(chords.filter(({ key }) => !keys.test(key))).toEqual([]);
    for (const { last } of chords.filter(
      ({ command, key }) => /SET/.test(command) && /\.s$/.test(key),
    ))
      expect(Number(last)).toBeGreaterThan(0);
  });
});

test('the handle of a group is a tuple like the children of a result, byte for byte', () => {
  const groups = chords.filter(({ command, key }) => command === 'SETEX' && /[0-9a-f]$/.test(key));

  for (const { key, last } of groups) {
    const { result } = decodeJson(last) as {
      result: readonly [readonly [string, unknown], unknown[]];
    };
    const document = `{"status": "SUCCESS", "children": [${encodeJson(result)}], "task_id": "t"}`;

    expect(key).toBe(`celery-taskset-meta-${result[0][0]}`);
    expect(encodeJson({ result })).toBe(last);
    expect(decodeResultMeta(document).children).toEqual([result]);
  }
  expect(groups.length).toBeGreaterThan(3);
});

const variants = runs.filter(({ name }) => /^(?:noexpire_success|unordered_chord)$/.test(name));

test.each(variants)('$title: results without expiry and with a prefix are what we write', (run) => {
  const writes = run.result_writes ?? [];

  for (const [command, key, document = ''] of writes) {
    const meta = decodeResultMeta(document);
    const newer = document.replace(/("date_done": "[^"+]*)"/, '$1+00:00"');

    expect(command).toBe('SET');
    expect(key).toBe(
      resultKeyOf(meta.taskId, run.version === '5.2.6' ? '' : resultKeyprefixOf('pfx')),
    );
    expect(encodeResultMeta(meta)).toBe(newer);
  }
  expect(writes.length).toBeGreaterThan(0);
});

test('what is left in the end are results that we read', () => {
  const left = runs.flatMap(({ keys_after: keys = {} }) => Object.entries(keys));
  const documents = left.filter(([key]) => key.startsWith('celery-task-meta-'));

  for (const [key, { value }] of documents)
    expect(resultKeyOf(decodeResultMeta(String(value)).taskId)).toBe(key);
  expect(documents.length).toBeGreaterThan(100);
});
