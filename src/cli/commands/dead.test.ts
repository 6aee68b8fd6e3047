import { expect, test } from 'vitest';
import { aContext, anApp, recordedIo } from '../../../test/support/cli.ts';
import { deadList } from './dead-list.ts';
import { deadPurge } from './dead-purge.ts';
import { deadRedrive } from './dead-redrive.ts';
import { deadShow } from './dead-show.ts';

const flags = {
  ...{ ids: [], all: false, queues: [], olderThan: undefined, to: undefined },
  ...{ force: false, json: false },
};

/** An app whose office notes what it is asked for. */
function anOffice(members: Record<string, unknown> = {}) {
  const calls: unknown[] = [];
  const deadLetters = {
    redrive: async (choice: unknown) => {
      calls.push(choice);
      return { redriven: 2, refused: [], missing: [] };
    },
    purge: async (choice: unknown) => {
      calls.push(choice);
      return { purged: 2, missing: ['x'] };
    },
    ...members,
  };
  return { calls, app: anApp({ deadLetters }) };
}

test('redriving all asks, after a no nothing is done', async () => {
  const { calls, app } = anOffice();
  const io = recordedIo(false);

  const code = await deadRedrive.run(aContext({ ...flags, queues: ['a', 'b'] }, { io, app }));

  expect([code, calls]).toEqual([1, []]);
  expect(io.questions).toEqual(['Put all dead letters of a, b back?']);
});

test('after a yes each queue is redriven, and the sum is told', async () => {
  const { calls, app } = anOffice();
  const io = recordedIo(true);
  const options = { ...flags, queues: ['a', 'b', 'a'], to: 'c' };

  const code = await deadRedrive.run(aContext(options, { io, app }));

  expect([code, io.printed]).toEqual([0, ['4 put back']]);
  expect(calls).toEqual(['a', 'b'].map((queue) => ({ all: true, queue, to: 'c' })));
});

test('what was named is redriven without a question, and what stays is a failure', async () => {
  const redrive = async () => ({ redriven: 1, refused: ['r'], missing: [] });
  const { app } = anOffice({ redrive });
  const io = recordedIo();

  const code = await deadRedrive.run(aContext({ ...flags, ids: ['abcd', 'ef01'] }, { io, app }));

  expect([code, io.printed]).toEqual([1, ['1 put back']]);
  expect(io.problems.join()).toContain('1 stay');
});

test('deleting asks for named ones too; those before a time are those so much older than now', async () => {
  const { calls, app } = anOffice();
  const io = recordedIo(true);
  const before = Date.now() - 60_000;

  const options = { ...flags, ids: ['x'], olderThan: 60 };
  const code = await deadPurge.run(aContext(options, { io, app }));

  expect([code, io.printed, io.problems]).toEqual([1, ['2 deleted'], ["no dead letter 'x'"]]);
  const [call] = calls as { ids: string[]; before: Date }[];
  expect(call?.ids).toEqual(['x']);
  expect(call?.before.getTime()).toBeGreaterThanOrEqual(before);
  expect(call?.before.getTime()).toBeLessThanOrEqual(Date.now() - 60_000);
});

test('with nothing said nothing is done', async () => {
  const { calls, app } = anOffice();
  const context = aContext(flags, { io: recordedIo(true), app });

  await expect(deadPurge.run(context)).rejects.toThrow('say which dead letters');
  expect(calls).toEqual([]);
});

test('a table is as wide as the terminal, says what there is, and counts what it leaves out', async () => {
  const letter = {
    ...{ id: 'ab'.repeat(20), queue: 'q', task: 'a.b', taskId: 'the-id', size: 5, earlier: [] },
    ...{ reason: `why\u001b[2J ${'x'.repeat(200)}`, at: new Date(0), worker: 'w', deliveries: 3 },
  };
  const { app } = anOffice({
    queues: async () => [{ queue: 'q\u0007', count: 7 }],
    list: async () => ({ letters: [letter], cursor: undefined }),
  });
  const io = { ...recordedIo(), width: 80 };

  await deadList.run(aContext({ queues: [], limit: undefined, json: false }, { io, app }));

  const lines = io.printed.join('\n').split('\n');
  expect(lines[0]).toBe('q\\x07: 7 dead letters, the newest 1 of them');
  expect(lines[1]).toBe('ID          BURIED                TASK  TASK ID  LOST  REASON');
  expect(lines[2]).toMatch(
    /^ababababab {2}1970-01-01 00:00:00Z {2}a\.b {3}the-id {3}3 {5}why\\x1b/,
  );
  expect(lines[2]).toHaveLength(80);
});

test('bytes are not sent to a terminal', async () => {
  const { app } = anOffice({ find: async () => expect.fail('not asked for') });
  const io = { ...recordedIo(true), width: 80 };
  const options = { id: 'abcd', queue: undefined, raw: true, json: false };

  expect(await deadShow.run(aContext(options, { io, app }))).toBe(2);
  expect(io.printed).toEqual([]);
});

test('what is no message is shown as its text, harmless', async () => {
  const payload = Buffer.from('rub\u001b[2Jbish');
  const find = async () => ({
    ...{ id: 'ab'.repeat(20), queue: 'q', task: null, taskId: null, size: 10, payload },
    ...{ reason: 'not a message', at: null, worker: '', deliveries: 0, problem: 'no JSON' },
    ...{ headers: null, properties: null, args: null, kwargs: null },
    earlier: [{ reason: 'be\nfore', at: new Date(0), worker: 'w', deliveries: 2 }],
  });
  const io = recordedIo();
  const options = { id: 'abab', queue: undefined, raw: false, json: false };

  await deadShow.run(aContext(options, { io, app: anOffice({ find }).app }));

  const text = io.printed.join('\n');
  expect(text).toContain('args     cannot be read: no JSON\nmessage  rub\\x1b[2Jbish\n');
  expect(text).toContain('  1970-01-01 00:00:00Z  be\\nfore (w, after 2 lost workers)');
});
