import { expect, test } from 'vitest';
import type { ChordStore, ResultBackend } from '../../src/backends/index.ts';
import type {
  ChordPart,
  CompleteChord,
  Completion,
  Consumer,
  Settle,
} from '../../src/transports/index.ts';
import { until } from '../support/waits.ts';
import { aMember, aPart, chordsOf, resultsOf } from './chord-data.ts';
import { aMessage, anAck, aResult, ids, idsOf, messages, tagsOf } from './data.ts';
import { type Bench, SLACK } from './harness.ts';

const soon = (): AbortSignal => AbortSignal.timeout(SLACK * 1_000);

/** A worker that has claimed members of a chord, and what it is told of chords. */
interface Worker {
  readonly backend: ResultBackend;
  readonly chords: ChordStore;
  readonly consumer: Consumer;
  readonly told: readonly CompleteChord[];
  /** Publishes so many messages and claims them. @returns their tags */
  claim(count: number): Promise<string[]>;
  size(): Promise<number>;
}

async function workerOf(bench: Bench): Promise<Worker> {
  const transport = await bench.transport();
  const backend = await bench.backend();
  const told: CompleteChord[] = [];
  const onComplete = (chords: readonly CompleteChord[]) => void told.push(...chords);
  const { consumer } = await bench.consumer(transport, { onComplete });
  return {
    ...{ backend, chords: chordsOf(backend), consumer, told },
    async claim(count) {
      await transport.publish(messages(ids(count)), soon());
      return tagsOf(await consumer.claim(count));
    },
    size: () => transport.size('celery'),
  };
}

/** The end of a member. */
function ending(tag: string, ...parts: ChordPart[]): Completion {
  return { ...anAck(tag), parts };
}

/** What sends the body of `g`. */
function firing({ chords }: Worker, isFailed = false): Completion {
  const settle: Settle = { kind: 'fire', chord: chords.place('g'), isFailed };
  return { tag: 'fire g', settle, writes: [], messages: isFailed ? [] : messages(['body']) };
}

/** What a commit counts of chords, and for whom. */
export function chordCommitConformance(bench: () => Bench): void {
  const work = (): Promise<Worker> => workerOf(bench());

  test('parts count with the acks of their tasks, and the worker is told when all are in', async () => {
    const { chords, consumer, claim, told } = await work();
    await chords.open([{ groupId: 'g', size: 3 }]);
    const [a = '', b = '', c = ''] = await claim(3);

    await consumer.commit([ending(a, aPart(chords, 'm2')), ending(b, aPart(chords, 'm1'))]);
    expect(await chords.findComplete(0, 10)).toEqual([]);
    const committing = consumer.commit([ending(c, aPart(chords, 'm3'))]);
    expect(told).toEqual([]);

    expect(await committing).toEqual([]);
    await until(() => told.length > 0, { deadlineMs: SLACK * 100, what: () => 'the news' });
    expect(told).toEqual([{ groupId: 'g', ending: '{"body": "of g"}' }]);
    expect((await chords.read('g')).members).toEqual(ids(3).map((id) => aMember(id)));
  });

  test('chords that messages begin are known with them, and a size that is known stays', async () => {
    const { chords, consumer, claim, size } = await work();
    await chords.open([{ groupId: 'known', size: 7 }]);
    const [tag = ''] = await claim(1);

    const openings = ['g', 'known'].map((groupId) => chords.opening({ groupId, size: 2 }));
    await consumer.commit([{ ...anAck(tag, { messages: messages(['header']) }), openings }]);

    expect(await size()).toBe(1);
    expect(await chords.read('g')).toMatchObject({ size: 2 });
    expect(await chords.read('known')).toMatchObject({ size: 7 });
  });

  test('of a lost claim nothing counts, is begun or sent, but what is final is stored', async () => {
    const { backend, chords, consumer, claim, size } = await work();
    const [tag = ''] = await claim(1);
    await consumer.commit([anAck(tag)]);

    const inner = [backend.write(aResult({ taskId: 'body', status: 'FAILURE' }))];
    const lost = await consumer.commit([
      {
        ...ending(tag, aPart(chords, 'm1', { status: 'FAILURE', writes: inner })),
        writes: [backend.write(aResult({ taskId: 'm1', status: 'FAILURE' }))],
        messages: messages(['next']),
        openings: [chords.opening({ groupId: 'other', size: 1 })],
      },
    ]);

    expect(lost).toEqual([tag]);
    expect(await size()).toBe(0);
    expect((await chords.read('g')).members).toEqual([]);
    expect(await chords.read('other')).toMatchObject({ size: undefined });
    expect(await backend.find('body')).toBeUndefined();
    expect(await backend.find('m1')).toMatchObject({ status: 'FAILURE' });
  });

  test.each(['1', '2'])(
    'a task that two workers end, the second with %s, counts once',
    async (result) => {
      const { chords, consumer, claim, told } = await work();
      await chords.open([{ groupId: 'g', size: 2 }]);
      const [a = '', b = '', c = ''] = await claim(3);

      await consumer.commit([ending(a, aPart(chords, 'm1'))]);
      await consumer.commit([ending(b, aPart(chords, 'm1', { result }))]);
      expect(await chords.findComplete(0, 10)).toEqual([]);
      await consumer.commit([ending(c, aPart(chords, 'm2'))]);

      expect(await resultsOf(chords)).toEqual(['1', '1']);
      await until(() => told.length > 0, { deadlineMs: SLACK * 100, what: () => 'the news' });
    },
  );

  test('a failed member fails the body, and what that was a part of, once and only while it is open', async () => {
    const worker = await work();
    const { backend, chords, consumer, claim, told } = worker;
    await chords.open([
      { groupId: 'g', size: 2 },
      { groupId: 'outer', size: 1 },
    ]);
    const [a = '', b = '', c = '', d = ''] = await claim(4);
    const failing = (taskId: string, body: string): ChordPart => {
      const writes = [backend.write(aResult({ taskId: body, status: 'FAILURE' }))];
      const parts = [aPart(chords, body, { group: 'outer', status: 'FAILURE' })];
      return aPart(chords, taskId, { status: 'FAILURE', writes, parts });
    };

    await consumer.commit([ending(a, failing('m1', 'body')), ending(b, failing('m1', 'no body'))]);
    await consumer.commit([ending(c, failing('m2', 'body'))]);
    await consumer.commit([firing(worker, true)]);
    await consumer.commit([ending(d, failing('m3', 'late body'))]);

    expect(await backend.find('body')).toMatchObject({ status: 'FAILURE' });
    expect(await backend.find('no body')).toBeUndefined();
    expect(await backend.find('late body')).toBeUndefined();
    const { members } = await chords.read('outer');
    expect(members.map(({ taskId }) => taskId)).toEqual(['body']);
    await until(() => told.length > 1, { deadlineMs: SLACK * 100, what: () => 'the news' });
    expect(told.map(({ groupId }) => groupId)).toEqual(['outer', 'g']);
  });

  test('of two that fire a chord at the same time one sends the body, the other stores nothing either', async () => {
    const [one, other] = [await work(), await work()];
    await one.chords.open([{ groupId: 'g', size: 1 }]);
    const [tag = ''] = await one.claim(1);
    await one.consumer.commit([ending(tag, aPart(one.chords, 'm1'))]);

    const fire = (worker: Worker, taskId: string) =>
      worker.consumer.commit([
        {
          ...firing(worker),
          writes: [worker.backend.write(aResult({ taskId, status: 'FAILURE' }))],
        },
      ]);
    const lost = await Promise.all([fire(one, 'r1'), fire(other, 'r2')]);

    expect(lost.flat()).toEqual(['fire g']);
    expect(idsOf(await one.consumer.claim(10))).toEqual(['body']);
    const results = [await one.backend.find('r1'), await one.backend.find('r2')];
    expect(results.filter((each) => each)).toHaveLength(1);
    expect(results[lost[0]?.length === 0 ? 0 : 1]).toBeDefined();
  });

  test('a chord whose body was sent is over: late parts count nothing, and nothing of it is left', async () => {
    const worker = await work();
    const { chords, consumer, claim } = worker;
    await chords.open([{ groupId: 'g', size: 1 }]);
    const [a = '', b = ''] = await claim(2);
    await consumer.commit([ending(a, aPart(chords, 'm1'))]);

    expect(await consumer.commit([firing(worker)])).toEqual([]);
    await consumer.commit([ending(b, aPart(chords, 'm2'))]);

    expect(await chords.findComplete(0, 10)).toEqual([]);
    expect(await chords.read('g')).toEqual({ size: undefined, members: [], group: undefined });
    expect(await consumer.commit([firing(worker)])).toEqual(['fire g']);
  });

  test('a chord that is fired as a failed one keeps its parts', async () => {
    const worker = await work();
    const { chords, consumer, claim } = worker;
    await chords.open([{ groupId: 'g', size: 1 }]);
    const [tag = ''] = await claim(1);
    await consumer.commit([ending(tag, aPart(chords, 'm1', { status: 'REVOKED' }))]);

    expect(await consumer.commit([firing(worker, true)])).toEqual([]);

    expect((await chords.read('g')).members).toEqual([aMember('m1', { status: 'REVOKED' })]);
    expect(await chords.findComplete(0, 10)).toEqual([]);
    expect(await consumer.commit([firing(worker)])).toEqual(['fire g']);
  });

  test('a chord that is not complete cannot be fired', async () => {
    const worker = await work();
    const { chords, consumer, claim, size } = worker;
    await chords.open([{ groupId: 'g', size: 2 }]);
    const [tag = ''] = await claim(1);
    await consumer.commit([ending(tag, aPart(chords, 'm1'))]);

    expect(await consumer.commit([firing(worker)])).toEqual(['fire g']);

    expect(await size()).toBe(0);
    expect((await chords.read('g')).members).toHaveLength(1);
  });

  test('a chord is found by others when the worker that was told of it is gone', async () => {
    const { chords, consumer, claim } = await work();
    await chords.open([{ groupId: 'g', size: 1 }]);
    const [tag = ''] = await claim(1);
    await consumer.commit([ending(tag, aPart(chords, 'm1', { ending: '1}' }))]);
    await consumer.close();

    const other = await work();
    const found = await other.chords.findComplete(0, 10);
    const lost = await other.consumer.commit([firing(other)]);

    expect(found).toEqual([{ groupId: 'g', ending: '{"body": 1}' }]);
    expect(lost).toEqual([]);
    expect(idsOf(await other.consumer.claim(1))).toEqual(['body']);
  });

  test('parts count with messages that are acked before, requeued or dead letters', async () => {
    const { chords, consumer, claim, size } = await work();
    await chords.open([{ groupId: 'g', size: 3 }]);
    const [a = '', b = ''] = await claim(2);

    const settles: [string, Settle][] = [
      ['', { kind: 'kept' }],
      [a, { kind: 'dead-letter', reason: 'no good' }],
      [b, { kind: 'requeue' }],
    ];
    await consumer.commit(
      settles.map(([tag, settle], at) => ({
        ...{ tag, settle, writes: [], messages: messages([`next${at}`]) },
        parts: [aPart(chords, `m${at}`)],
      })),
    );

    expect((await chords.read('g')).members).toHaveLength(3);
    expect(await chords.findComplete(0, 1)).toHaveLength(1);
    expect(await size()).toBe(4);
  });

  test('one commit may end chords, begin others and end them, among tasks of none', async () => {
    const { backend, chords, consumer, claim, size } = await work();
    await chords.open([{ groupId: 'g', size: 2 }]);
    const tags = await claim(5);
    const at = (place: number): string => tags[place] ?? '';
    const write = backend.write(aResult({ taskId: 'm1' }));

    const opening = chords.opening({ groupId: 'next', size: 2 });
    await consumer.commit([
      anAck(at(0)),
      { ...ending(at(1), aPart(chords, 'm1')), writes: [write] },
      { ...anAck(at(2), { messages: [aMessage({ id: 'x' })] }), openings: [opening] },
      ending(at(3), aPart(chords, 'm2'), aPart(chords, 'n1', { group: 'next' })),
      anAck(at(4), { messages: [aMessage({ id: 'y' })] }),
    ]);

    expect(await size()).toBe(2);
    expect(await chords.findComplete(0, 10)).toMatchObject([{ groupId: 'g' }]);
    expect(await chords.read('next')).toMatchObject({ size: 2, members: [aMember('n1')] });
    expect(await backend.find('m1')).toMatchObject({ status: 'SUCCESS' });
  });

  test('within one commit a chord may be counted, begun, counted, fired, and counted too late', async () => {
    const worker = await work();
    const { chords, consumer, claim } = worker;
    const [a = '', b = '', c = ''] = await claim(3);

    const openings = [chords.opening({ groupId: 'g', size: 2 })];
    const lost = await consumer.commit([
      ending(a, aPart(chords, 'm1')),
      { ...ending(b, aPart(chords, 'm2')), openings },
      firing(worker),
      ending(c, aPart(chords, 'm3')),
    ]);

    expect(lost).toEqual([]);
    expect(idsOf(await consumer.claim(10))).toEqual(['body']);
    expect((await chords.read('g')).members).toEqual([]);
  });
}
