import { describe, expect, test } from 'vitest';
import { signatures } from '../../test/support/signatures.ts';
import { ConfigError } from '../errors.ts';
import type { SignatureData } from '../protocol/index.ts';
import { chord } from './chord.ts';
import { chain, group } from './compose.ts';
import type { StampingVisitor } from './stamping.ts';

const { add, mul, make } = signatures();
const sum = make('tasks.xsum', []);
const note = make('tasks.note', []);

/** The stamps of each task in a signature and of what is linked to it, in order, as `task: stamps`. */
function stampsIn(value: unknown): readonly (readonly [string, unknown])[] {
  if (Array.isArray(value)) return value.flatMap(stampsIn);
  if (typeof value !== 'object' || value === null) return [];
  if (!('task' in value && 'options' in value)) return Object.values(value).flatMap(stampsIn);
  const { task, kwargs, options, subtask_type: kind } = value as SignatureData;
  const { stamped_headers: names, link, link_error: errbacks } = options;
  const own = Object.fromEntries(((names ?? []) as string[]).map((name) => [name, options[name]]));
  const inner = stampsIn([Object.values(kwargs), link, errbacks]);
  return kind === null ? [[task, own], ...inner] : inner;
}

describe('stamp with values', () => {
  test('puts them among the options, with their names, and changes nothing', () => {
    const plain = add(1, 2).set({ queue: 'q' });

    const stamped = plain.stamp({ tenant: 'acme', ids: [1, 2] });

    expect(stamped.data.options).toEqual({
      ...{ queue: 'q', tenant: 'acme', ids: [1, 2] },
      stamped_headers: ['tenant', 'ids'],
    });
    expect(plain.data.options).toEqual({ queue: 'q' });
  });

  test('reaches each task of a canvas, its links, and the body of a chord', () => {
    const canvas = chain(
      add(1, 2).link(mul(9)),
      group([add(3), add(4).onError(note)]),
      sum.link(note),
      mul(5),
    );

    const stamped = canvas.stamp({ tenant: 'acme' });

    const all = ['add', 'mul', 'add', 'add', 'note', 'xsum', 'note', 'mul'];
    expect(stampsIn(stamped.data)).toEqual(
      all.map((name) => [`tasks.${name}`, { tenant: 'acme' }]),
    );
    expect(stamped.data.options).toEqual({});
  });

  test('keeps the newest value of a name; lists are joined in any case', () => {
    const once = add(1, 2).stamp({ tenant: 'old', ids: [1], only: true });

    const twice = once.stamp({ tenant: 'new', ids: [2] });

    expect(stampsIn(twice.data)).toEqual([
      ['tasks.add', { tenant: 'new', ids: [2, 1], only: true }],
    ]);
  });

  test('gathers values of one name in a list with append', () => {
    const once = add(1, 2).stamp({ tenant: 'old', ids: [1], gone: null, deep: { a: 1 } });

    const twice = once.stamp({ tenant: 'new', ids: 2, gone: 3, deep: { a: 2 } }, { append: true });

    expect(stampsIn(twice.data)).toEqual([
      ['tasks.add', { tenant: ['new', 'old'], ids: [2, 1], gone: [3, null], deep: { a: [2, 1] } }],
    ]);
  });

  test('without any leaves the signature as it is', () => {
    expect(add(1, 2).stamp({}).data).toEqual(add(1, 2).data);
  });

  test.each(['queue', 'task_id', 'stamps', 'link', 'id', ''])('refuses the name %j', (name) => {
    expect(() => add(1, 2).stamp({ [name]: 'x' })).toThrow("it is Celery's own");
  });

  test('refuses what is no object, and names without a value', () => {
    const stamp = (value: unknown) => () => add(1, 2).stamp(value as Record<string, unknown>);

    expect(stamp('acme')).toThrow('stamps must be an object');
    expect(stamp({ tenant: undefined })).toThrow("stamp 'tenant' has no value");
  });
});

describe('stamp with a visitor', () => {
  test('asks it for each part, from the outside in, and tells it what there is already', () => {
    const asked: string[] = [];
    const ask = (name: string) => (part: SignatureData, stamps: object) => {
      asked.push(`${name} ${part.task.split('.')[1]} ${Object.keys(stamps)}`);
      return name.endsWith('End') ? undefined : { [name]: 1 };
    };
    const visitor = {
      onSignature: ask('onSignature'),
      ...{ onChainStart: ask('onChainStart'), onChainEnd: ask('onChainEnd') },
      ...{ onGroupStart: ask('onGroupStart'), onGroupEnd: ask('onGroupEnd') },
      ...{
        onChordHeaderStart: ask('onChordHeaderStart'),
        onChordHeaderEnd: ask('onChordHeaderEnd'),
      },
      ...{
        onChordBody: ask('onChordBody'),
        onCallback: ask('onCallback'),
        onErrback: ask('onErrback'),
      },
    } as StampingVisitor;
    const canvas = chain(
      add(1, 2).link(note),
      chord([mul(3)], sum.onError(note)),
      group([mul(4), mul(5)]),
    );

    const stamped = canvas.stamp(visitor, { all: 1 });

    expect(asked).toEqual([
      'onChainStart chain all',
      'onCallback note all,onChainStart',
      'onSignature note all,onChainStart,onCallback',
      'onSignature add all,onChainStart',
      'onChordHeaderStart chord all,onChainStart',
      'onSignature mul all,onChainStart,onChordHeaderStart',
      'onChordHeaderEnd chord all,onChainStart,onChordHeaderStart',
      'onChordBody chord all,onChainStart,onChordHeaderStart',
      ...bodyAsked(),
      'onChainEnd chain all,onChainStart',
    ]);
    expect(stampsIn(stamped.data)[1]).toEqual([
      'tasks.note',
      { all: 1, onChainStart: 1, onCallback: 1, onSignature: 1 },
    ]);
  });

  /** The group behind the chord is the end of its body, which so is a chain. */
  function bodyAsked(): readonly string[] {
    const ofBody = 'all,onChainStart,onChordHeaderStart,onChordBody';
    return [
      `onChainStart chain ${ofBody}`,
      `onErrback note ${ofBody}`,
      `onSignature note ${ofBody},onErrback`,
      `onSignature xsum ${ofBody}`,
      `onGroupStart group ${ofBody}`,
      `onSignature mul ${ofBody},onGroupStart`,
      `onSignature mul ${ofBody},onGroupStart`,
      `onGroupEnd group ${ofBody},onGroupStart`,
      `onChainEnd chain ${ofBody}`,
    ];
  }

  test('asks for a header as for a group if it says nothing of headers', () => {
    const asked: string[] = [];
    const visitor: StampingVisitor = {
      onSignature: () => null,
      onGroupStart: ({ task, kwargs }) => {
        asked.push(`${task} of ${(kwargs['tasks'] as unknown[]).length}`);
        return { header: true };
      },
      onGroupEnd: ({ task }) => void asked.push(`${task} ends`),
    };

    const stamped = chord([add(1, 2), add(3, 4)], sum).stamp(visitor);

    expect(asked).toEqual(['celery.group of 2', 'celery.group ends']);
    expect(stampsIn(stamped.data)[0]).toEqual(['tasks.add', { header: true }]);
  });

  test('takes for stamps only those that stampedHeaders names', () => {
    const visitor: StampingVisitor = {
      onSignature: () => ({ monitor: 'M1', other: 2, stampedHeaders: ['monitor'] }),
    };

    const stamped = add(1, 2).stamp(visitor);

    expect(stamped.data.options).toEqual({ monitor: 'M1', stamped_headers: ['monitor'] });
    expect(() => add(1, 2).stamp({ onSignature: () => ({ stampedHeaders: ['none'] }) })).toThrow(
      "'stampedHeaders' names 'none', which has no value",
    );
  });

  test('prefers what was given for all, and gathers both with append', () => {
    const visitor: StampingVisitor = { onSignature: () => ({ tenant: 'visitor' }) };

    const plain = add(1, 2).stamp(visitor, { tenant: 'given' });
    const both = add(1, 2).stamp(visitor, { tenant: 'given' }, { append: true });

    expect(plain.data.options['tenant']).toBe('given');
    expect(both.data.options['tenant']).toEqual(['given', 'visitor']);
  });

  test('stamps what a generator gave, which is read when the group is made', () => {
    function* some() {
      for (const each of [1, 2, 3]) yield add(each);
    }

    const stamped = group(some()).stamp({ onSignature: ({ args }) => ({ first: args[0] }) });

    expect(stampsIn(stamped.data).map(([, stamps]) => stamps)).toEqual([
      ...[{ first: 1 }, { first: 2 }, { first: 3 }],
    ]);
  });
});

test('stampLinks stamps what is linked, and nothing else', () => {
  const linked = add(1, 2).link(mul(3).link(note)).onError(note);

  const stamped = linked.stampLinks({ tenant: 'acme' });

  expect(stampsIn(stamped.data)).toEqual([
    ['tasks.add', {}],
    ['tasks.mul', { tenant: 'acme' }],
    ['tasks.note', { tenant: 'acme' }],
    ['tasks.note', { tenant: 'acme' }],
  ]);
});

describe('stamp refuses', () => {
  test.each<[what: string, given: readonly unknown[], message: string]>([
    ['a misspelt option', [{ tenant: 'a' }, { apend: true }], "did you mean 'append'?"],
    ["Celery's name of it", [{ tenant: 'a' }, { append_stamps: true }], 'known are append'],
    ['such behind a visitor', [{ onSignature: () => null }, {}, { appendStamps: true }], 'append'],
    ['an option of another type', [{ tenant: 'a' }, { append: 'yes' }], 'true or false'],
    ['options that are none', [{ tenant: 'a' }, true], 'must be an object'],
    ['a visitor that sees no task', [{ onGroupStart: () => null }], "has an 'onSignature'"],
  ])('%s', (_, given, message) => {
    const stamp = (...stamps: readonly unknown[]) =>
      add(1, 2).stamp(...(stamps as [stamps: Record<string, unknown>]));

    expect(() => stamp(...given)).toThrow(ConfigError);
    expect(() => stamp(...given)).toThrow(message);
  });
});
