import { expect, test, vi } from 'vitest';
import { type ChordEndContext, tagOfChord } from '../app/index.ts';
import { DecodeError } from '../errors.ts';
import type { ChordRecord, OutgoingMessage, ResultMeta, ResultTuple } from '../protocol/index.ts';
import type { CompleteChord, Completion } from '../transports/index.ts';
import { createLogger } from '../util/index.ts';
import { ChordFiring } from './chord-firing.ts';

const chord = { groupId: 'g', ending: endingOf('body') };

function endingOf(task: string): string {
  const body = { task, args: [], kwargs: {}, options: { task_id: 'b' } };
  return JSON.stringify({ body, root_id: 'r', parent_id: 'p' });
}

const members = ['1', '2'].map((resultText, at) => {
  return { taskId: `t${at}`, status: 'SUCCESS', resultText, error: null };
});
const whole: ChordRecord = { size: 2, members, group: undefined };

/** Fires chords of which this is known; `compose` may refuse what cannot be sent. */
function aFiring(
  read: () => Promise<ChordRecord>,
  {
    found = {} as Record<string, Partial<ResultMeta>>,
    unsendable = [] as string[],
    complete = [] as readonly CompleteChord[],
    swept = [] as CompleteChord[],
  } = {},
) {
  const completed: Completion[] = [];
  const dropped: string[] = [];
  const troubles: unknown[] = [];
  const asked: string[] = [];
  const rests: number[] = [];
  const chords = {
    read,
    drop: async (groupId: string) => dropped.push(groupId),
    findComplete: async (olderThanMs: number, _: number, restMs: number) => {
      rests.push(restMs);
      if (olderThanMs === 0) return complete;
      return swept.splice(0);
    },
    place: (groupId: string) => ({ groupId }),
    encode: () => ({ member: '' }),
  };
  const backend = {
    chords,
    write: ({ taskId, status, error }: ResultMeta) => ({
      ...{ key: taskId, document: `${status} ${error?.type} ${error?.args[0]}`, ttlMs: 0, db: 0 },
      finality: 'final',
    }),
    findMany: async (ids: readonly string[]) => {
      asked.push(...ids);
      const known = ids.filter((id) => id in found);
      return new Map(known.map((id) => [id, { taskId: id, error: null, ...found[id] }]));
    },
  };
  const context = {
    ...{ backend, newId: () => 'new', replyTo: '', dateDone: '' },
    compose: (tasks: readonly { task: string }[]) => {
      if (tasks.some(({ task }) => unsendable.includes(task))) throw new RangeError('no queue');
      return tasks as unknown as OutgoingMessage[];
    },
  } as unknown as ChordEndContext;
  const firing = new ChordFiring({
    backend: backend as never,
    context: () => context,
    complete: (each) => completed.push(...each),
    logger: createLogger({ level: 'CRITICAL' }),
    onTrouble: (error) => troubles.push(error),
    sweepMs: 1,
  });
  const handedOn = () => firing.stop(new AbortController().signal);
  return { firing, completed, dropped, troubles, asked, rests, handedOn };
}

test('a chord is ended once, however often it is told to be complete', async () => {
  const { firing, completed, handedOn } = aFiring(async () => whole);

  firing.fire([chord, chord]);
  await handedOn();
  firing.fire([chord]); // it is still being written
  await handedOn();

  expect(completed).toMatchObject([{ settle: { kind: 'fire', chord: { groupId: 'g' } } }]);
  expect(completed[0]?.messages).toMatchObject([{ task: 'body', id: 'b', parentId: 'p' }]);
  expect(firing.isBusy).toBe(true);

  firing.settled(['other', completed[0]?.tag ?? '']);

  expect(firing.isBusy).toBe(false);
});

test.each([
  ['its members are not all known', async () => ({ ...whole, size: 3 })],
  ['the store does not answer', async () => Promise.reject(new Error('away'))],
])('a chord waits for the next sweep while %s', async (_, read) => {
  const { firing, completed, dropped, handedOn } = aFiring(read);

  firing.fire([chord]);
  await handedOn();

  expect([completed, dropped]).toEqual([[], []]);
  expect(firing.isBusy).toBe(false);
});

test.each([
  ['over', chord, { ...whole, size: undefined }],
  ['of nobody', { ...chord, ending: '{}' }, whole],
])('a chord that is %s is forgotten', async (_, given, record) => {
  const { firing, completed, dropped, handedOn } = aFiring(async () => record);

  firing.fire([given]);
  await handedOn();

  expect(completed).toEqual([]);
  expect(dropped).toEqual(['g']);
});

test('a chord of which the store has rubbish has failed: it would be read in vain for ever', async () => {
  const unreadable = async () => Promise.reject(new DecodeError('no JSON'));
  const { firing, completed, troubles, handedOn } = aFiring(unreadable);

  firing.fire([chord]);
  await handedOn();

  expect(troubles).toEqual([]);
  expect(completed).toMatchObject([{ settle: { kind: 'fire', isFailed: true }, messages: [] }]);
});

test('what is kept of a body, and is none, fails the chord once', async () => {
  const body = { task: 'celery.group', subtask_type: 'group', kwargs: { tasks: [5] } };
  const ending = JSON.stringify({ body, root_id: 'r', parent_id: 'p' });
  const { firing, completed, troubles, handedOn } = aFiring(async () => whole);

  firing.fire([{ ...chord, ending }]);
  await handedOn();

  expect(troubles).toEqual([]);
  expect(completed).toMatchObject([{ settle: { kind: 'fire', isFailed: true }, messages: [] }]);
});

test('chords that nobody was told of are looked for', async () => {
  const { firing, completed, rests, handedOn } = aFiring(async () => whole, { complete: [chord] });

  firing.look();
  await handedOn();

  expect(completed).toMatchObject([{ settle: { kind: 'fire', chord: { groupId: 'g' } } }]);
  expect(rests).toEqual([1]); // as after a sweep: others that look do not read it, too
});

test('a thousand that a sweep finds are read a few at once, in no one’s way, and left when it ends', async () => {
  const waiting = Array.from({ length: 1_000 }, (_, at) => ({ ...chord, groupId: `w${at}` }));
  let reads = 0;
  const never = new Promise<never>(() => {});
  const { firing, completed } = aFiring(
    () => {
      reads += 1;
      if (reads <= 4) return never;
      return Promise.resolve(whole);
    },
    { swept: waiting },
  );
  firing.start();
  await vi.waitFor(() => expect(reads).toBe(4));

  firing.fire([chord, ...waiting.slice(900)]);

  await vi.waitFor(() => expect(completed).toHaveLength(1));
  expect([reads, completed[0]?.tag]).toEqual([5, tagOfChord('g')]);
  await firing.stop(AbortSignal.abort());
});

test('a sweep goes through all that it finds, and what it has not begun when it ends is left to others', async () => {
  const gates: (() => void)[] = [];
  const read = () => new Promise<ChordRecord>((resolve) => gates.push(() => resolve(whole)));
  const swept = Array.from({ length: 10 }, (_, at) => ({ ...chord, groupId: `w${at}` }));
  const { firing, completed, handedOn } = aFiring(read, { swept });
  firing.start();
  await vi.waitFor(() => expect(gates).toHaveLength(4));
  gates[0]?.();
  gates[1]?.();
  await vi.waitFor(() => expect(gates).toHaveLength(6));

  const stopping = handedOn();
  for (const open of gates) open();
  await stopping;

  expect([gates.length, completed.length]).toEqual([6, 6]);
});

test('a chord that nothing is known of any more stays as it is', async () => {
  const { firing, completed, handedOn } = aFiring(async () => whole);
  firing.fire([chord]);
  await handedOn();
  const [sent] = completed;
  firing.settled([sent?.tag ?? '']);

  const instead = sent && firing.unsendable(sent, new RangeError('no queue'));

  expect(instead).toMatchObject({ settle: { kind: 'kept' }, writes: [], messages: [] });
});

test('of a header with groups only those are looked up that have not told of themselves', async () => {
  const leaves = ['t0', 'other', 't1'].map((id): ResultTuple => [[id, null], null]);
  const record: ChordRecord = { ...whole, group: [['g', null], leaves] };
  const found = { other: { status: 'SUCCESS', result: 5 } } as const;
  const { firing, completed, asked, handedOn } = aFiring(async () => record, { found });

  firing.fire([chord]);
  await handedOn();

  expect(asked).toEqual(['other']);
  expect(completed[0]?.messages).toMatchObject([{ args: [{ text: '[1, 5, 2]' }] }]);
});

test('a body that cannot be sent has failed, whether that is known before it is written or after', async () => {
  const before = aFiring(async () => whole, { unsendable: ['body'] });
  const after = aFiring(async () => whole);
  for (const { firing, handedOn } of [before, after]) {
    firing.fire([chord]);
    await handedOn();
  }
  const [sent] = after.completed;

  const instead = sent && after.firing.unsendable(sent, new RangeError('no queue'));

  for (const each of [before.completed[0], instead]) {
    expect(each?.settle).toMatchObject({ kind: 'fire', isFailed: true });
    expect(each?.messages).toEqual([]);
    expect(each?.writes).toMatchObject([
      { key: 'b', document: 'FAILURE ChordError Callback error: RangeError("no queue")' },
    ]);
  }
});
