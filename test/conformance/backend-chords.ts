import { expect, test } from 'vitest';
import type { BackendOptions, ChordStore } from '../../src/backends/index.ts';
import { DecodeError } from '../../src/errors.ts';
import type { ResultTuple } from '../../src/protocol/index.ts';
import { until } from '../support/waits.ts';
import { aMember, aPart, chordsOf, resultsOf } from './chord-data.ts';
import { aResult, ids } from './data.ts';
import type { Bench } from './harness.ts';

/** What is counted of chords, apart from commits. */
export function chordConformance(bench: () => Bench): void {
  const open = async (options: Partial<BackendOptions> = {}): Promise<ChordStore> =>
    chordsOf(await bench().backend(options));

  test('of a chord that nobody has begun nothing is known', async () => {
    const chords = await open();

    expect(await chords.read('g')).toEqual({ size: undefined, members: [], group: undefined });
    expect(await chords.findComplete(0, 10)).toEqual([]);
    expect(await chords.drop('g')).toBe(false);
  });

  test('a chord is complete with its last part, and other clients see it', async () => {
    const [one, other] = [await open(), await open()];
    await one.open([{ groupId: 'g', size: 2 }]);

    expect(await one.apply([aPart(one, 'm1')])).toEqual([]);
    expect(await other.findComplete(0, 10)).toEqual([]);
    const complete = [{ groupId: 'g', ending: '{"body": "of g"}' }];
    expect(await one.apply([aPart(one, 'm0', { result: '{"a":  1.0}' })])).toEqual(complete);

    expect(await other.findComplete(0, 10)).toEqual(complete);
    expect(await other.read('g')).toEqual({
      size: 2,
      members: [aMember('m0', { result: '{"a":  1.0}' }), aMember('m1')],
      group: undefined,
    });
  });

  test('several chords are begun and counted in one call', async () => {
    const chords = await open();
    const groups = ids(20, 'g');

    await chords.open(groups.map((groupId) => ({ groupId, size: 1 })));
    await chords.open([]);
    const complete = await chords.apply(groups.map((group) => aPart(chords, 'm', { group })));

    expect(complete.map(({ groupId }) => groupId)).toEqual(groups);
    expect(await chords.apply([])).toEqual([]);
    const found = await chords.findComplete(0, 100);
    expect(found.map(({ groupId }) => groupId).sort()).toEqual(groups.toSorted());
    expect(await chords.findComplete(0, 5)).toHaveLength(5);
  });

  test.each(['1', '2'])('a task that ends again with %s after 1 counts once', async (again) => {
    const chords = await open();
    await chords.open([{ groupId: 'g', size: 2 }]);
    await chords.apply([aPart(chords, 'm1')]);

    expect(await chords.apply([aPart(chords, 'm1', { result: again })])).toEqual([]);

    expect(await resultsOf(chords)).toEqual(['1']);
    expect(await chords.apply([aPart(chords, 'm2')])).toHaveLength(1);
  });

  test('a size that is known stays, and one that comes after parts counts them', async () => {
    const chords = await open();
    await chords.apply([aPart(chords, 'm1')]);
    expect(await chords.read('g')).toMatchObject({ size: undefined });

    await chords.open([{ groupId: 'g', size: 3 }]);
    await chords.open([{ groupId: 'g', size: 1 }]);

    expect(await chords.read('g')).toMatchObject({ size: 3 });
    expect(await chords.apply([aPart(chords, 'm2')])).toEqual([]);
    expect(await chords.apply([aPart(chords, 'm3')])).toHaveLength(1);
  });

  test('a chord that has grown waits for more parts', async () => {
    const chords = await open();
    await chords.grow('g', 'm2');
    await chords.open([{ groupId: 'g', size: 1 }]);
    await chords.grow('g', 'm3');

    expect(await chords.apply([aPart(chords, 'm1'), aPart(chords, 'm2')])).toEqual([]);
    expect(await chords.read('g')).toMatchObject({ size: 3 });
    expect(await chords.apply([aPart(chords, 'm3')])).toHaveLength(1);
  });

  test('a task more is counted once, however often it is said, and taken back once', async () => {
    const chords = await open();
    await chords.open([{ groupId: 'g', size: 1 }]);
    for (const id of ['m2', 'm3', 'm2', 'm3']) await chords.grow('g', id);
    expect(await chords.read('g')).toMatchObject({ size: 3 });

    for (const id of ['m3', 'm3', 'other']) await chords.shrink('g', id);
    await chords.shrink('never seen', 'm2');

    expect(await chords.read('g')).toMatchObject({ size: 2 });
    expect(await chords.apply([aPart(chords, 'm1')])).toEqual([]);
    expect(await chords.apply([aPart(chords, 'm2')])).toHaveLength(1);
  });

  test('more parts than were said are told of again, until the chord is over', async () => {
    const chords = await open();
    await chords.open([{ groupId: 'g', size: 1 }]);

    expect(await chords.apply([aPart(chords, 'm1')])).toHaveLength(1);
    expect(await chords.apply([aPart(chords, 'm2')])).toHaveLength(1);
    expect(await chords.drop('g')).toBe(true);

    expect(await chords.apply([aPart(chords, 'm3')])).toEqual([]);
    expect(await chords.findComplete(0, 10)).toEqual([]);
    expect(await chords.read('g')).toEqual({ size: undefined, members: [], group: undefined });
  });

  test('members have the order of the header: those without a place last, of one place by text', async () => {
    const chords = await open();
    const places = [null, 10, 2, 2, 0] as const;
    const parts = places.map((index, at) =>
      aPart(chords, `t${9 - at}`, { index, result: `${at}` }),
    );

    await chords.apply(parts);

    expect(await resultsOf(chords)).toEqual(['4', '3', '2', '1', '0']);
  });

  test('where the order does not matter, members come as they came', async () => {
    const chords = await open({ isChordOrdered: false });
    await chords.open([{ groupId: 'g', size: 3 }]);

    for (const result of ['3', '1', '2']) {
      await chords.apply([aPart(chords, `m${result}`, { result })]);
    }

    expect(await resultsOf(chords)).toEqual(['3', '1', '2']);
    expect(await chords.findComplete(0, 1)).toHaveLength(1);
  });

  test('a chord is dropped by one of those who try', async () => {
    const [one, other] = [await open(), await open()];
    await one.open([{ groupId: 'g', size: 1 }]);
    await one.apply([aPart(one, 'm1')]);

    const dropped = await Promise.all([one.drop('g'), other.drop('g'), one.drop('g')]);

    expect(dropped.filter((isMine) => isMine)).toHaveLength(1);
  });

  test('a chord is complete from its last part on until it has ended, whatever is saved under its id', async () => {
    const backend = await bench().backend();
    const [chords, key] = [chordsOf(backend), backend.groups?.write([['g', null], []]).key ?? ''];
    await backend.apply([{ key, document: 'rubbish', finality: 'open', ttlMs: 0, db: 0 }]);
    await chords.open([{ groupId: 'g', size: 2 }]);
    await chords.apply([aPart(chords, 'm1')]);

    await expect(chords.read('g')).rejects.toThrow(DecodeError);
    expect(await chords.isComplete('g')).toBe(false);
    await chords.apply([aPart(chords, 'm2')]);
    expect(await chords.isComplete('g')).toBe(true);
    expect(await chords.isComplete('another')).toBe(false);
    await chords.drop('g');
    expect(await chords.isComplete('g')).toBe(false);
  });

  test('of a chord that has failed the parts are kept, and nothing counts any more', async () => {
    const chords = await open();
    await chords.open([{ groupId: 'g', size: 1 }]);
    await chords.apply([aPart(chords, 'm1', { status: 'FAILURE' })]);

    expect(await chords.drop('g', true)).toBe(true);

    expect(await chords.apply([aPart(chords, 'm2')])).toEqual([]);
    expect(await chords.read('g')).toEqual({
      ...{ size: undefined, group: undefined, members: [aMember('m1', { status: 'FAILURE' })] },
    });
  });

  test('results that come with a part are stored if it counts, and what it is for other chords too', async () => {
    const backend = await bench().backend();
    const chords = chordsOf(backend);
    await chords.open(['outer', 'g'].map((groupId) => ({ groupId, size: 1 })));
    const failing = (taskId: string, body: string) =>
      aPart(chords, taskId, {
        status: 'FAILURE',
        writes: [backend.write(aResult({ taskId: body, status: 'FAILURE' }))],
        parts: [aPart(chords, body, { group: 'outer', status: 'FAILURE' })],
      });

    const complete = await chords.apply([failing('m1', 'body1')]);
    const again = await chords.apply([failing('m1', 'body2')]);

    expect(complete.map(({ groupId }) => groupId)).toEqual(['outer', 'g']);
    expect(again).toEqual([]);
    expect(await backend.find('body1')).toMatchObject({ status: 'FAILURE' });
    expect(await backend.find('body2')).toBeUndefined();
    const { members } = await chords.read('outer');
    expect(members.map(({ taskId }) => taskId)).toEqual(['body1']);
  });

  test('without a known size a part counts, and fails nothing: its body may have been sent', async () => {
    const backend = await bench().backend();
    const chords = chordsOf(backend);
    await chords.open([{ groupId: 'outer', size: 1 }]);
    const writes = [backend.write(aResult({ taskId: 'body', status: 'FAILURE' }))];
    const parts = [aPart(chords, 'body', { group: 'outer', status: 'FAILURE' })];

    expect(await chords.apply([aPart(chords, 'm1', { writes, parts })])).toEqual([]);

    expect((await chords.read('g')).members).toHaveLength(1);
    expect(await backend.find('body')).toBeUndefined();
    expect((await chords.read('outer')).members).toEqual([]);
  });

  test('a group that was saved under the id of the header is read with it', async () => {
    const backend = await bench().backend();
    const group: ResultTuple = [['g', null], [[['m1', null], null]]];

    await backend.groups?.save(group);

    expect((await chordsOf(backend).read('g')).group).toEqual(group);
  });

  test('a chord is found once it has been complete for that long', async () => {
    const chords = await open();
    await chords.open([{ groupId: 'g', size: 1 }]);
    await chords.apply([aPart(chords, 'm1')]);

    expect(await chords.findComplete(60_000, 10)).toEqual([]);
    expect(await chords.findComplete(0, 10)).toHaveLength(1);
    expect(await chords.findComplete(0, 10)).toHaveLength(1);
  });

  test('a chord that was found by who looks for all is not found by the next who does', async () => {
    const [chords, other] = [await open(), await open()];
    await chords.open([{ groupId: 'g', size: 1 }]);
    await chords.apply([aPart(chords, 'm1')]);

    expect(await chords.findComplete(0, 10, 60_000)).toHaveLength(1);

    expect(await other.findComplete(0, 10, 60_000)).toEqual([]);
    await chords.apply([aPart(chords, 'm2')]);
    expect(await other.findComplete(0, 10)).toHaveLength(1);
  });

  test('a chord that was found rests, each time twice as long, and then is found again', async () => {
    const chords = await open();
    await chords.open([{ groupId: 'g', size: 1 }]);
    await chords.apply([aPart(chords, 'm1')]);
    const rests: number[] = [];
    let before = 0;

    for (let times = 0; times < 5; times += 1) {
      let asked = 0;
      await until(
        async () => {
          asked = performance.now();
          return (await chords.findComplete(20, 10)).length > 0;
        },
        { deadlineMs: 10_000, what: `the chord, found ${times} times` },
      );
      rests.push(performance.now() - before);
      before = asked;
    }

    // the store's clock counts whole milliseconds
    for (const [times, ms] of [20, 40, 80, 160].entries()) {
      expect(rests[times + 1]).toBeGreaterThanOrEqual(ms - 1);
    }
    expect(await chords.drop('g')).toBe(true);
  });

  test('chords that were found stand behind those that were not', async () => {
    const chords = await open();
    const groups = ids(30, 'g');
    await chords.open(groups.map((groupId) => ({ groupId, size: 1 })));
    await chords.apply(groups.map((group) => aPart(chords, 'm', { group })));
    const seen = new Set<string>();

    await until(
      async () => {
        const found = await chords.findComplete(1, 10);
        for (const { groupId } of found) seen.add(groupId);
        expect(found.length).toBeLessThanOrEqual(10);
        return seen.size === 30;
      },
      { deadlineMs: 10_000, what: () => `all of them, ${[...seen]} were found` },
    );
  });

  test.each(['json', 'pickle', 'msgpack', 'yaml'])(
    'members are read as they were, in %s',
    async (serializer) => {
      const chords = await open({ format: { serializer } });
      const members = [
        aMember('m0', { result: '{"ä": [1, null, "\\u00fc"]}' }),
        aMember('m1', { status: 'FAILURE' }),
        aMember('m2', { status: 'IGNORED', result: 'null' }),
      ];

      await chords.apply(
        members.map((member, index) => ({
          ...aPart(chords, member.taskId, { index }),
          ...chords.encode(member),
        })),
      );

      const { members: read } = await chords.read('g');
      const plain = read.map((each) => ({
        ...each,
        resultText: each.resultText && JSON.stringify(JSON.parse(each.resultText)),
      }));
      expect(plain).toEqual([
        { ...members[0], resultText: '{"ä":[1,null,"ü"]}' },
        ...members.slice(1),
      ]);
    },
  );

  test('ids of any characters have chords of their own', async () => {
    const chords = await open();
    const groups = ['"{ä}"', '"a"', 'over', '\ud800', '\ud801', 'a\0b', 'a\0c', ''];
    await chords.open(groups.map((groupId) => ({ groupId, size: 2 })));

    for (const group of groups) {
      expect(await chords.apply([aPart(chords, '\ud800', { group })])).toEqual([]);
      expect(await chords.apply([aPart(chords, '\ud801', { group })])).toHaveLength(1);
    }

    const found = await chords.findComplete(0, 100);
    expect(found.map(({ groupId }) => groupId).sort()).toEqual(groups.toSorted());
    expect((await chords.read('\ud801')).members).toHaveLength(2);
  });

  test('a thousand parts are counted and read in order', async () => {
    const chords = await open();
    const tasks = ids(1_000);
    await chords.open([{ groupId: 'g', size: 1_000 }]);

    for (let start = 900; start >= 0; start -= 100) {
      const parts = tasks
        .slice(start, start + 100)
        .map((id) => aPart(chords, id, { result: id.slice(1) }));
      await chords.apply(parts);
    }

    expect(await resultsOf(chords)).toEqual(tasks.map((id) => id.slice(1)));
    expect(await chords.findComplete(0, 10)).toHaveLength(1);
  });
}
