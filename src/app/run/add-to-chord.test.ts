import { expect, test } from 'vitest';
import { chainOf, chordOf, groupOf } from '../../canvas/index.ts';
import { ConfigError, QueueNotFoundError, SendTimeoutError } from '../../errors.ts';
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
const memberId = () => 'derived';
const adding = (data: SignatureData) =>
  addToChord({ context: member, memberId }, { data }, async () => {
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

const noQueue = new QueueNotFoundError('q', undefined, 'why');
const unsent: [what: string, error: Error, steps: readonly string[]][] = [
  ['was not sent', noQueue, ['+ derived', '- derived']],
  ['has arguments that do not fit', new TypeError('x is missing'), ['+ derived', '- derived']],
  ['may have been sent, and had no answer', new SendTimeoutError('late'), ['+ derived']],
  ['may have been sent, and was given up', new DOMException('no', 'AbortError'), ['+ derived']],
];

/** Adds a member that cannot be sent. */
async function addUnsent(sendError: Error, shrinkError?: Error) {
  const steps: string[] = [];
  const logged: string[] = [];
  const logger = { error: (text: string) => logged.push(text) };
  const grow = async (_: string, id: string) => {
    steps.push(`+ ${id}`);
  };
  const shrink = async (_: string, id: string) => {
    if (shrinkError) throw shrinkError;
    steps.push(`- ${id}`);
  };
  const send = async () => Promise.reject(sendError);
  const added = addToChord(
    { context: { ...member, logger } as unknown as TaskContext<object>, memberId },
    { data: call('t.a') },
    async () => ({ chords: { grow, shrink, open: async () => {} }, send }),
  );
  const thrown = await added.catch((error: unknown) => error);
  return { steps, logged, thrown };
}

test.each(unsent)(
  'by a member that %s the chord has grown by what may come',
  async (_, error, steps) => {
    expect(await addUnsent(error)).toEqual({ steps, logged: [], thrown: error });
  },
);

test('why a member was not sent is told, even when the chord cannot be told so', async () => {
  const { thrown, logged } = await addUnsent(noQueue, new Error('away'));

  expect(thrown).toBe(noQueue);
  expect(logged).toEqual([expect.stringMatching(/chord g waits for a member .*: away/)]);
});

test('what is no signature is refused by what it is', async () => {
  for (const each of [() => {}, undefined, { data: null }]) {
    const added = addToChord({ context: member, memberId }, each as never, async () => {
      throw new Error('it was to be counted');
    });
    await expect(added).rejects.toThrow('takes a signature such as task.s(1, 2), got');
  }
});
