import { describe, expect, test } from 'vitest';
import { FakeReader } from '../../test/support/fake-reader.ts';
import { IncompleteStreamError } from '../errors.ts';
import type { ResultTuple } from '../protocol/index.ts';
import { resultFromTuple, taskResult } from './from-tuple.ts';

const leaf = (id: string): ResultTuple => [[id, null], null];

/** a sends the group g of b and c; b sends d. */
function open() {
  const reader = new FakeReader();
  const options = { reader: async () => reader };
  const group: ResultTuple = [['g', null], ['b', 'c'].map(leaf)];
  const finish = (id: string, children: ResultTuple[] = []) =>
    reader.store(id, { status: 'SUCCESS', result: id.toUpperCase(), children });
  const finishAll = () => {
    finish('a', [group]);
    finish('b', [leaf('d')]);
    finish('c');
    finish('d');
  };
  return { reader, finish, finishAll, group, options, root: taskResult(leaf('a'), options) };
}

async function idsIn(all: AsyncIterable<readonly unknown[]>): Promise<unknown[]> {
  const ids: unknown[] = [];
  for await (const pair of all)
    ids.push(pair.map((each) => (each as { id?: string } | null)?.id ?? each));
  return ids;
}

describe('what came of a result', () => {
  test('is gone through level by level, each with who sent it', async () => {
    const { root, finishAll } = open();
    finishAll();

    expect(await idsIn(root.iterdeps())).toEqual([
      [null, 'a'],
      ['a', 'g'],
      ['g', 'b'],
      ['g', 'c'],
      ['b', 'd'],
    ]);
  });

  test('is an error while something in it has not ended, unless that is wanted', async () => {
    const { root, finish, group } = open();
    finish('a', [group]);
    finish('b', [leaf('d')]);

    await expect(idsIn(root.iterdeps())).rejects.toThrow(IncompleteStreamError);
    await expect(idsIn(root.iterdeps())).rejects.toMatchObject({ id: 'g' });
    expect(await idsIn(root.iterdeps({ intermediate: true }))).toEqual([
      [null, 'a'],
      ['a', 'g'],
    ]);
  });

  test('is collected with values, each waited for', async () => {
    const { root, finishAll } = open();
    const collecting = idsIn(root.collect({ timeout: 10 }));

    finishAll();

    expect(await collecting).toEqual([
      ['a', 'A'],
      ['g', ['B', 'C']],
      ['b', 'B'],
      ['c', 'C'],
      ['d', 'D'],
    ]);
    await expect(root.getLeaf()).resolves.toBe('D');
  });

  test('may have failed: collecting throws, or gives the error', async () => {
    const { root, reader } = open();
    const error = { type: 'E', module: null, args: [], traceback: null };
    reader.store('a', { status: 'FAILURE', error });

    await expect(idsIn(root.collect())).rejects.toMatchObject({ code: 'TASK_FAILED' });
    await expect(idsIn(root.collect({ propagate: false }))).resolves.toHaveLength(1);
  });

  test('is followed once, though it is there twice', async () => {
    const { root, finish } = open();
    finish('a', [leaf('b'), leaf('c')]);
    finish('b', [leaf('d')]);
    finish('c', [leaf('d')]);
    finish('d', [leaf('a')]);

    expect(await idsIn(root.iterdeps())).toEqual([
      [null, 'a'],
      ['a', 'b'],
      ['a', 'c'],
      ['b', 'd'],
      ['c', 'd'],
      ['d', 'a'],
    ]);
  });

  test('is a graph that draws itself', async () => {
    const { root, finishAll } = open();
    await expect(root.buildGraph()).rejects.toThrow(IncompleteStreamError);
    expect((await root.buildGraph({ intermediate: true })).size).toBe(1);
    finishAll();

    const graph = await root.buildGraph();

    expect(graph.edges.map(([from, to]) => `${from} ${to}`)).toEqual(['a g', 'g b', 'g c', 'b d']);
    expect(graph.toDot()).toContain('"g" -> "b";');
    expect(graph.toMermaid({ label: ({ id }) => `task ${id}` })).toContain('["task d"]');
  });

  test('of a group begins with its members', async () => {
    const { options, finishAll, group } = open();
    finishAll();

    const handle = resultFromTuple(group, options);
    const children = await handle.children();

    expect(children.map(({ id }) => id)).toEqual(['b', 'c']);
  });
});
