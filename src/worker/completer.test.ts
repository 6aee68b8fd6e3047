import { expect, test, vi } from 'vitest';
import { DecodeError, MessageUnroutableError } from '../errors.ts';
import type { OutgoingMessage } from '../protocol/index.ts';
import { type Completion, HeldUpError } from '../transports/index.ts';
import { Completer } from './completer.ts';

/** A completion that publishes into a queue; there is none of the name `nowhere`. */
function aCompletion(tag: string, queue: string): Completion {
  const message = { queue } as OutgoingMessage;
  return { tag, settle: { kind: 'ack' }, writes: [], messages: [message] };
}

/** The write of a state that is named by its key. */
function aStart(key: string): Completion {
  const write = { key, document: '', finality: 'open', ttlMs: 0, db: 0 } as const;
  return { tag: '', settle: { kind: 'kept' }, writes: [write], messages: [] };
}

/** What is written in place of a completion that could not be sent. @param queue - of what is sent then */
function aFailure(tag: string, queue: string): Completion {
  const { writes } = aStart(`${tag} failed`);
  const settle = { kind: 'dead-letter', reason: 'why' } as const;
  return { ...aCompletion(tag, queue), settle, writes };
}

/** A completer whose results are kept elsewhere than its messages, or in one store, and what it did. */
function aCompleter({
  isOneStore = false,
  isOneBroker = true,
  broken = {} as { stores?: number; commits?: number; publishes?: number },
  isOver = false,
  after = 'errbacks',
  stuck = new Set<string>(),
} = {}) {
  const published: string[] = [];
  const settled: string[] = [];
  const stored: string[] = [];
  const committed: Completion[] = [];
  const troubles: unknown[] = [];
  const log: string[] = [];
  const ids = (chords: readonly { groupId: string }[]) => chords.map(({ groupId }) => groupId);
  const parts = {
    consumer: {
      commit: async (batch: readonly Completion[]) => {
        if (broken.commits) throw new Error(`broken, ${broken.commits--}`);
        const places = [...batch.keys()].filter((place) => stuck.has(batch[place]?.tag ?? ''));
        if (places.length > 0) {
          committed.push(...batch.filter((_, place) => !places.includes(place)));
          throw new HeldUpError('x', 'in the way', { places, lost: [] });
        }
        committed.push(...batch);
        return [];
      },
    },
    transport: {
      publish: async (messages: readonly OutgoingMessage[]) => {
        const queues = messages.map(({ queue }) => queue);
        if (broken.publishes) throw new Error(`broken, ${broken.publishes--}`);
        if (queues.includes('nowhere')) throw new MessageUnroutableError('x', 'nowhere');
        published.push(...queues);
        log.push(`publish ${queues}`);
      },
    },
    backend: {
      apply: async (writes: readonly { key: string }[]) => {
        if (broken.stores) throw new Error(`broken, ${broken.stores--}`);
        stored.push(...writes.map(({ key }) => key));
        log.push(`store ${writes.map(({ key }) => key)}`);
      },
      chords: {
        open: async (chords: readonly { groupId: string }[]) => log.push(`open ${ids(chords)}`),
        apply: async (chords: readonly { groupId: string }[]) => {
          log.push(`count ${ids(chords)}`);
          return chords;
        },
        read: () => Promise.reject(new DecodeError('what is kept of it cannot be read')),
        isComplete: async () => !isOver,
        drop: async (groupId: string, isFailed?: boolean) =>
          log.push(`drop ${groupId}${isFailed ? ' failed' : ''}`),
      },
    },
    isOneStore,
    isOneBroker,
    onUnheard: () => log.push('unheard'),
    onComplete: (chords: readonly { groupId: string }[]) => log.push(`complete ${ids(chords)}`),
    unsendable: ({ tag }: Completion) => aFailure(tag, after),
    onSettled: (tags: readonly string[]) => settled.push(...tags),
    onTrouble: (error: unknown) => troubles.push(error),
    signal: new AbortController().signal,
  };
  const completer = new Completer(parts as unknown as ConstructorParameters<typeof Completer>[0]);
  return { completer, published, settled, stored, committed, troubles, log };
}

test.each([
  ['errbacks', ['one', 'errbacks', 'two']],
  ['nowhere', ['one', 'two']],
])(
  'a task whose next message has no queue has failed and becomes a dead letter, what it sends then goes to %s, and no other is held up',
  async (after, queues) => {
    const { completer, published, committed, stored, troubles } = aCompleter({ after });

    completer.add([aCompletion('a', 'one'), aCompletion('b', 'nowhere'), aCompletion('c', 'two')]);
    await completer.idle();

    expect(published).toEqual(queues);
    expect(stored).toEqual(['b failed']);
    expect(committed.map(({ tag, settle }) => [tag, settle.kind])).toEqual([
      ['a', 'ack'],
      ['b', 'dead-letter'],
      ['c', 'ack'],
    ]);
    expect(troubles).toEqual([]);
  },
);

test.each(['one', 'nowhere'])(
  'while results cannot be stored, or claims not settled, what was sent to queue %s is not sent again',
  async (queue) => {
    const broken = { stores: 2, commits: 2 };
    const { completer, published, stored, settled, troubles } = aCompleter({ broken });
    const last = { ...aCompletion('b', queue), writes: aStart('b ended').writes };

    completer.add([aCompletion('a', 'two'), last]);
    await completer.idle();

    expect(published).toEqual(queue === 'one' ? ['two', 'one'] : ['two', 'errbacks']);
    expect(stored).toEqual([queue === 'one' ? 'b ended' : 'b failed']);
    expect(settled).toEqual(['a', 'b']);
    expect(troubles).toHaveLength(4);
  },
);

test('a state of its own that a task stores is not overwritten by its beginning', async () => {
  const { completer, stored } = aCompleter();

  completer.addStart('a', aStart('a started'));
  await completer.overtakeStart('a');
  completer.addStart('b', aStart('b started'));
  await Promise.resolve();
  await completer.overtakeStart('b');

  expect(stored).toEqual(['b started']);
});

test('a beginning is written, and settles nothing', async () => {
  const one = aCompleter({ isOneStore: true });
  const two = aCompleter();

  for (const { completer } of [one, two]) {
    completer.addStart('a', aStart('a started'));
    await completer.idle();
  }

  expect(one.committed.flatMap(({ writes }) => writes.map(({ key }) => key))).toEqual([
    'a started',
  ]);
  expect(two.stored).toEqual(['a started']);
  expect(two.committed).toEqual([]);
  expect([...one.settled, ...two.settled]).toEqual([]);
});

test('a beginning is not written once its task has ended', async () => {
  const { completer, committed, settled } = aCompleter({ isOneStore: true });

  completer.addStart('a', aStart('a started'));
  completer.addStart('b', aStart('b started'));
  completer.add([{ ...aStart('a ended'), tag: 'a', settle: { kind: 'ack' } }]);
  await completer.idle();

  const keys = committed.flatMap(({ writes }) => writes.map(({ key }) => key));
  expect(keys).toEqual(['b started', 'a ended']);
  expect(settled).toEqual(['a']);
});

test('a beginning that is on its way is written before the end of its task', async () => {
  const { completer, committed } = aCompleter({ isOneStore: true });

  completer.addStart('a', aStart('a started'));
  await Promise.resolve();
  completer.add([{ ...aStart('a ended'), tag: 'a', settle: { kind: 'ack' } }]);
  await completer.idle();

  const keys = committed.flatMap(({ writes }) => writes.map(({ key }) => key));
  expect(keys).toEqual(['a started', 'a ended']);
});

test('one store is told what to write instead of what has no queue, the same however often it asks', async () => {
  const { completer, committed } = aCompleter({ isOneStore: true });

  completer.add([aCompletion('a', 'nowhere'), { ...aCompletion('b', ''), messages: [] }]);
  await completer.idle();

  const [a, b] = committed;
  const error = new MessageUnroutableError('x', 'nowhere');
  expect(a?.instead?.(error)).toMatchObject({ tag: 'a', writes: [{ key: 'a failed' }] });
  expect(a?.instead?.(error)).toBe(a?.instead?.(error));
  expect(b?.instead).toBeUndefined();
});

/** A completion that begins a chord, and is a part of one; and the end of a third. */
function ofChords(): Completion[] {
  const [group] = aStart('group').writes;
  const where = { key: '', completeKey: '', db: 0, ttlMs: 0, isOrdered: true };
  const place = (groupId: string) => ({ groupId, ...where });
  const part = { ...place('mine'), taskId: 'a', index: 0, member: '', ending: '' };
  const begins = { writes: group ? [group] : [], openings: [{ ...place('next'), size: 2 }] };
  const settle = { kind: 'fire', chord: place('over'), isFailed: true } as const;
  return [
    { ...aCompletion('a', 'header'), ...begins, parts: [{ ...part, writes: [], parts: [] }] },
    { ...aCompletion('end', 'body'), settle },
  ];
}

test('in two stores chords begin before their messages, and end after their bodies', async () => {
  const { completer, log, committed, settled } = aCompleter();

  completer.add(ofChords());
  await completer.idle();

  expect(log).toEqual([
    ...['store group', 'open next', 'publish header,body', 'store group'],
    ...['count mine', 'complete mine', 'drop over failed'],
  ]);
  expect(committed).toMatchObject([{ tag: 'a', writes: [], messages: [] }]);
  expect(committed[0]).not.toHaveProperty('parts');
  expect(settled).toEqual(['a', 'end']);
});

test.each([
  [true, 'header'],
  [false, 'header,body'],
])(
  'a broker that was away gets the body of a chord if nobody has ended that meanwhile, which is %s',
  async (isOver, queues) => {
    for (const isOneStore of [false, true]) {
      const broken = { publishes: 1 };
      const apart = aCompleter({ isOneStore, isOneBroker: false, isOver, broken });

      apart.completer.add(ofChords());
      await apart.completer.idle();

      expect(apart.log.filter((each) => /publish/.test(each))).toEqual([`publish ${queues}`]);
      expect(apart.settled).toEqual(['a', 'end']);
    }
  },
);

test('a try that failed and counted nowhere is nothing to look for chords for', async () => {
  const { completer, log } = aCompleter({ isOneStore: true, broken: { commits: 1 } });

  completer.add([{ ...aCompletion('a', 'x'), messages: [] }]);
  await completer.idle();
  completer.add(ofChords());
  await completer.idle();

  expect(log).toEqual([]);
});

test.each([true, false])(
  'a try of parts of chords that failed is told of: one store is %s',
  async (isOneStore) => {
    const { completer, log } = aCompleter({ isOneStore, broken: { commits: 2 } });

    completer.add(ofChords());
    await completer.idle();

    expect(log.filter((each) => each === 'unheard')).toEqual(['unheard']);
  },
);

test.each([true, false])(
  'what is held up holds up nothing else, and is written once it can be: one broker is %s',
  async (isOneBroker) => {
    const stuck = new Set(['a', 'end']);
    const { completer, published, committed, settled, troubles, log } = aCompleter({
      ...{ isOneStore: true, isOneBroker, stuck },
    });
    const later = { ...aCompletion('c', ''), messages: [] };

    completer.add([...ofChords(), { ...aCompletion('b', 'x'), messages: [] }]);
    await vi.waitFor(() => expect(settled).toEqual(['b']));
    completer.add([later]);
    await vi.waitFor(() => expect(settled).toEqual(['b', 'c']));
    expect(completer.isBusy).toBe(true);
    stuck.clear();
    await completer.idle();

    expect(settled).toEqual(['b', 'c', 'a', 'end']);
    const sent = committed.flatMap(({ messages }) => messages.map(({ queue }) => queue));
    expect([...published, ...sent]).toEqual(['header', 'body']);
    expect(committed.map(({ tag }) => tag)).toEqual(['b', 'c', 'a', 'end']);
    expect(log.filter((each) => each === 'unheard')).toHaveLength(1);
    expect(troubles).toEqual([]);
  },
);

test('it is busy until what it has written was told of', async () => {
  const { completer } = aCompleter({ isOneStore: true });
  let isTold = false;

  completer.add(ofChords());
  setImmediate(() => {
    isTold = true;
  });
  await completer.idle();

  expect(isTold).toBe(true);
});

test('one store is told of chords with everything else', async () => {
  const { completer, log, committed } = aCompleter({ isOneStore: true });

  completer.add(ofChords());
  await completer.idle();

  expect(log).toEqual([]);
  expect(committed).toMatchObject([
    { openings: [{ groupId: 'next' }], parts: [{ groupId: 'mine' }] },
    { settle: { kind: 'fire' } },
  ]);
});

test('what is sent to another broker than it is taken from begins its chords first, too', async () => {
  const { completer, log, committed } = aCompleter({ isOneStore: true, isOneBroker: false });

  completer.add(ofChords());
  await completer.idle();

  expect(log).toEqual(['store group', 'open next', 'publish header,body']);
  expect(committed).toMatchObject([
    { messages: [], parts: [{ groupId: 'mine' }] },
    { messages: [], settle: { kind: 'fire' } },
  ]);
});
