import { describe, expect, test } from 'vitest';
import { Recorder, signatures } from '../../test/support/signatures.ts';
import { readVectors } from '../../test/vectors/vectors.ts';
import { ConfigError, NotSupportedError } from '../errors.ts';
import { encodeJson } from '../protocol/index.ts';
import { chord } from './chord.ts';
import { chain, group } from './compose.ts';
import { signatureFromJson } from './from-json.ts';
import { xmap, xstarmap } from './mapping.ts';
import type { CallOptions } from './options.ts';

/** Steps that take anything, as the types of these tests know nothing of what tasks take. */
const { add, mul, make } = signatures();
const xsum = make('tasks.xsum', []);
const ident = make('tasks.ident', []);

/** The same as in the captures, by their names. */
const built: Readonly<Record<string, { toString(): string }>> = {
  task: add(1, 2),
  task_kwargs: make('tasks.add', [], { kwargs: { x: 1, y: 2 } }),
  immutable: add(1, 2).setImmutable(),
  options: add(1, 2).set({ queue: 'q', countdown: 10, priority: 3, expires: 60 }),
  by_name: make('remote.t', [1], {
    kwargs: { a: 1 },
    options: { queue: 'z' },
    immutable: true,
  }),
  links: add(1, 2).onError(make('tasks.errback_new', [])),
  link: add(1, 2).link(mul(2)),
  chain: chain(add(1, 2), mul(3)),
  group: group([add(1, 1), add(2, 2)]),
  chord: chord([add(1, 1), add(2, 2)], xsum),
  chain_with_group: chain(add(1, 1), group([add(2), add(3)]), xsum),
  map: xmap(ident, [1, 2]),
  starmap: xstarmap(make('tasks.add', []), [[1, 2]]),
  group_or: group([add(1), add(2)]).pipe(mul(2)),
  chord_chain_body: chord([add(1, 1)], chain(xsum, mul(2))),
  nested: chain(chain(add(1, 1), mul(2)), mul(3)),
  group_single_unroll: chain(add(1, 1), group([mul(2)])),
  group_chord_group: chain(group([add(1, 1), add(2, 2)]), group([ident, ident])),
  stamped: add(1, 2).stamp({ tenant: 'acme' }),
};

interface Captured {
  readonly name: string;
  readonly python: string;
  readonly json: string;
}

describe.each(['5.2.6', '5.6.2'] as const)('what Celery %s writes as a signature', (version) => {
  const captured = readVectors<Captured>(version, 'e_signature_json');

  test('is written by these tests, but for what has another form here', () => {
    const names = captured.map((each) => each.name).filter((name) => !Object.hasOwn(built, name));

    // a chord without a body is a function here, and chunks are the group that they are sent as
    expect(names).toEqual(['chunks', 'chord_no_body']);
  });

  test.each(captured.filter(({ name }) => Object.hasOwn(built, name)))(
    '$name is the JSON of ours, too',
    ({ name, json }) => {
      const text = encodeJson(built[name]);

      if (name === 'options') expect(JSON.parse(text)).toEqual(JSON.parse(json));
      else expect(text).toBe(json);
    },
  );

  test.each(captured)('$name is read, and written again as it was', ({ json }) => {
    const signature = signatureFromJson(JSON.parse(json), new Recorder());

    expect(encodeJson(signature)).toBe(json);
  });

  test.each(captured.filter(({ name }) => !['group_chord_group', 'chunks'].includes(name)))(
    '$name is shown as Celery shows it',
    ({ json, python }) => {
      const signature = signatureFromJson(JSON.parse(json), new Recorder());

      // tuples travel as lists
      const listed = python.replace('(1, 2)]', '[1, 2]]').replace(/\(\((.*?\))\)/, '([$1]');
      expect(signature.toString()).toBe(listed);
    },
  );
});

describe('a signature', () => {
  test('is not changed by set: it gives another one', () => {
    const { add } = signatures();
    const plain = add(1).set({ queue: 'a' });

    const other = plain.set({
      queue: 'b',
      expires: { minutes: 1 },
      eta: new Date(0),
      headers: { who: 'me' },
    });

    expect(plain.data.options).toEqual({ queue: 'a' });
    expect(other.data.options).toEqual({
      queue: 'b',
      expires: 60,
      eta: '1970-01-01T00:00:00+00:00',
      headers: { who: 'me' },
    });
  });

  test('hands the arguments and options of a call to its sender', async () => {
    const sender = new Recorder();
    const { signal } = new AbortController();

    await signatures(sender)
      .add(2)
      .applyAsync({ args: [1], kwargs: { c: 3 }, taskId: 'mine', deadline: 3, signal });

    expect(sender.calls[0]?.slice(1)).toEqual([
      { args: [1], kwargs: { c: 3 }, options: { task_id: 'mine' } },
      { deadline: 3, signal },
    ]);
  });

  test.each([
    [{ link: 1 }, ConfigError, "option 'link' must be a signature such as task.s()"],
    [{ producer: 1 }, NotSupportedError, "option 'producer' is not supported yet"],
    [{ timeLimit: 0 }, ConfigError, "'timeLimit' must be more than 0 seconds, got 0"],
    [{ timeLimit: 1, softTimeLimit: 2 }, ConfigError, 'must not be longer than'],
    [{ serializer: 'cbor' }, NotSupportedError, "serializer 'cbor' is not supported"],
    [{ serializer: 'msgpak' }, NotSupportedError, "did you mean 'msgpack'?"],
    [{ compression: 'bzip2' }, NotSupportedError, 'use gzip, zlib, brotli'],
    [{ exchangeType: 'headers' }, ConfigError, "one of 'direct', 'topic', 'fanout'"],
    [{ deliveryMode: 3 }, ConfigError, "one of 1, 2, 'transient', 'persistent', got 3"],
    [{ retryPolicy: { maxRetrys: 1 } }, ConfigError, "did you mean 'maxRetries'?"],
    [{ retryPolicy: { intervalMax: -1 } }, ConfigError, "'retryPolicy.intervalMax' must be"],
    [{ properties: { appid: 'x' } }, ConfigError, "did you mean 'appId'?"],
    [{ countDown: 1 }, ConfigError, "did you mean 'countdown'?"],
    [{ countdown: 'soon' }, ConfigError, "'countdown' must be seconds"],
    [{ countdown: 1, eta: new Date() }, ConfigError, "either 'countdown' or 'eta'"],
    [{ eta: new Date('?') }, ConfigError, "'eta' must be a valid Date"],
    [{ expires: Number.NaN }, ConfigError, "'expires' must be seconds"],
    [{ priority: 10 }, ConfigError, "'priority' must be a whole number from 0 to 9, got 10"],
    [{ queue: '' }, ConfigError, "'queue' must be a text"],
    [{ taskId: 7 }, ConfigError, "'taskId' must be a text, got 7"],
    [{ ignoreResult: 'no' }, ConfigError, "'ignoreResult' must be true or false"],
    [{ headers: { task: 'x' } }, ConfigError, "header 'task' is Celery's own"],
  ])('refuses %j', async (options, type, message) => {
    const sent = signatures()
      .add(1, 2)
      .applyAsync(options as CallOptions);

    await expect(sent).rejects.toThrow(type);
    await expect(sent).rejects.toThrow(message);
  });

  test('hands on every option by the name that Celery has for it', async () => {
    const sender = new Recorder();
    const { add, mul } = signatures(sender);

    await add(1, 2).applyAsync({
      ...{ exchange: 'x', exchangeType: 'topic', routingKey: 'a.b', deliveryMode: 'transient' },
      ...{ serializer: 'yaml', compression: 'none', shadow: 's', replyTo: 'r', queue: undefined },
      ...{ argsrepr: '(…)', kwargsrepr: '', timeLimit: { minutes: 1 }, softTimeLimit: 30 },
      ...{ addToParent: false, retry: false, link: mul(3), linkError: [mul(4)] },
      retryPolicy: { maxRetries: null, intervalStart: { milliseconds: 100 } },
      properties: { appId: 'app', timestamp: 1_700_000_000 },
    });

    expect(sender.calls[0]?.[1].options).toEqual({
      ...{ exchange: 'x', exchange_type: 'topic', routing_key: 'a.b', delivery_mode: 1 },
      ...{ serializer: 'yaml', compression: 'none', shadow: 's', reply_to: 'r' },
      ...{ argsrepr: '(…)', kwargsrepr: '', time_limit: 60, soft_time_limit: 30 },
      ...{ add_to_parent: false, retry: false, link: [mul(3).data], link_error: [mul(4).data] },
      retry_policy: { max_retries: null, interval_start: 0.1 },
      ...{ app_id: 'app', timestamp: 1_700_000_000 },
    });
  });
});

describe('chain and group', () => {
  const build = chain as unknown as (...steps: readonly unknown[]) => unknown;

  test('a chain is built from steps or from an array of them', () => {
    expect(chain([add(1, 2), mul(3)]).data).toEqual(chain(add(1, 2), mul(3)).data);
  });

  test('a group that a step follows is a chord from then on', () => {
    const built = build(group([add(1, 2), add(3, 4)]), mul(2)) as { readonly data: unknown };

    expect(built.data).toMatchObject({
      task: 'celery.chord',
      kwargs: { body: { task: 'tasks.mul' } },
    });
  });

  test('a chain of nothing, and of what is no signature, is refused', () => {
    expect(() => build()).toThrow('a chain needs at least one step');
    expect(() => build(add(1, 2), mul)).toThrow('a step must be a signature such as task.s(1)');
  });

  test('an empty group needs nobody to send it: it is done', async () => {
    const result = await group([]).applyAsync();

    await expect(result.get()).resolves.toEqual([]);
    await expect(result.ready()).resolves.toBe(true);
  });
});
