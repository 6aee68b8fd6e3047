import { expect, test } from 'vitest';
import { chainOf, chordOf, groupOf } from '../../canvas/index.ts';
import { ConfigError } from '../../errors.ts';
import type { SignatureData } from '../../protocol/index.ts';
import type { TaskContext } from '../context.ts';
import { addToChord } from './add-to-chord.ts';

const call = (task: string): SignatureData => ({
  ...{ task, args: [], kwargs: {}, options: {}, subtask_type: null, immutable: false },
});
const two = groupOf([call('t.a'), call('t.b')]);
const member = {
  name: 't.adding',
  request: { groupId: 'g', chord: call('t.body') },
} as unknown as TaskContext<object>;

/** Adds, where it is too much that anything is counted or sent. */
const adding = (data: SignatureData) =>
  addToChord(member, { data }, async () => {
    throw new Error('it was to be counted');
  });

test.each([
  ['a group', two],
  ['a chain that ends in one', chainOf([call('t.a'), two])],
  ['a chord whose body is one', chordOf([call('t.a')], two)],
])('%s is no one part of a chord', async (_, data) => {
  const added = adding(data);

  await expect(added).rejects.toThrow(ConfigError);
  await expect(added).rejects.toThrow('is or ends in a group; call it for each member');
});

test('a chain and a chord that end in a task are one part', async () => {
  for (const each of [chainOf([call('t.a'), call('t.b')]), chordOf([two], call('t.c'))]) {
    await expect(adding(each)).rejects.toThrow('it was to be counted');
  }
});

test('what is no signature is refused by what it is', async () => {
  for (const each of [() => {}, undefined, { data: null }]) {
    const added = addToChord(member, each as never, async () => {
      throw new Error('it was to be counted');
    });
    await expect(added).rejects.toThrow('takes a signature such as task.s(1, 2), got');
  }
});
