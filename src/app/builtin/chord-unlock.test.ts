import { afterEach, describe, expect, test } from 'vitest';
import { aJob, NOW_MS, runnerOf } from '../../../test/support/runs.ts';
import type { ResultReader } from '../../backends/index.ts';
import type { ResultMeta } from '../../protocol/index.ts';
import { setRuntime } from '../runtime.ts';

afterEach(() => setRuntime({ isHosted: false }));

const leaf = (id: string) => [[id, null], null];
const aBody = (options: object = {}) => ({
  ...{ task: 't.sum', args: [], kwargs: {}, subtask_type: null, immutable: false },
  options: { task_id: 'body', reply_to: 'client', ...options },
});

/** Polls a chord of these handles, where the store knows these results. */
async function poll(
  result: unknown,
  known: readonly ResultMeta[] | 'never',
  { kwargs = {}, settings = {}, retries = 0, body = aBody() } = {},
) {
  const findMany = async (ids: readonly string[]) => {
    if (known === 'never') return new Promise<never>(() => {});
    const some = known.filter(({ taskId }) => ids.includes(taskId));
    return new Map(some.map((meta) => [meta.taskId, meta]));
  };
  const reader = { findMany, close: async () => {} } as unknown as ResultReader;
  setRuntime({ isHosted: false, openBackend: async () => reader });
  const { runner } = runnerOf({}, () => {}, {
    settings: { broker: 'redis://', backend: 'redis://', ...settings },
  });
  const embed = { callbacks: null, errbacks: null, chain: null, chord: null };
  const told = { interval: null, max_retries: null, result, ...kwargs };
  return runner.run(
    aJob({
      task: 'celery.chord_unlock',
      headers: { task: 'celery.chord_unlock', root_id: 'root', retries },
      body: JSON.stringify([['gid', body], told, embed]),
    }),
  );
}

function ended(taskId: string, state: Pick<ResultMeta, 'status' | 'result' | 'error'>): ResultMeta {
  const rest = { traceback: null, children: [], dateDone: null, groupId: null, parentId: null };
  return { taskId, ...state, ...rest };
}

const done = (taskId: string, resultText: string): ResultMeta => {
  const meta = ended(taskId, { status: 'SUCCESS', result: JSON.parse(resultText), error: null });
  return { ...meta, resultText };
};
const failed = (taskId: string, type: string, args: readonly unknown[]): ResultMeta => {
  const error = { type, module: 'builtins', args, traceback: null };
  return ended(taskId, { status: 'FAILURE', result: undefined, error });
};

describe('celery.chord_unlock', () => {
  test('looks again while a part is missing, as often as it takes', async () => {
    const settings = { resultChordRetryInterval: 7 };

    const outcome = await poll([leaf('a'), leaf('b')], [done('a', '1')], { settings, retries: 99 });

    expect(outcome).toMatchObject({ kind: 'retry', dueMs: NOW_MS + 7_000, error: null });
  });

  test('waits as long as its sender says', async () => {
    const outcome = await poll([leaf('a')], [], { kwargs: { interval: 0.5 } });

    expect(outcome).toMatchObject({ kind: 'retry', dueMs: NOW_MS + 500 });
  });

  test('sends the body with the list of results, lists in it for groups, and numbers as they were', async () => {
    const header = [
      leaf('a'),
      [
        ['g', null],
        [leaf('c'), leaf('b')],
      ],
    ];

    const outcome = await poll(header, [done('a', '1.0'), done('b', '"b"'), done('c', 'null')]);

    if (outcome.kind !== 'replaced') throw new Error(outcome.kind);
    expect(outcome.messages).toHaveLength(1);
    const [message] = outcome.messages;
    expect(message).toMatchObject({
      body: expect.stringMatching(/^\[\[\[1\.0, \[null, "b"\]\]\], /),
      headers: { task: 't.sum', id: 'body', root_id: 'root', parent_id: 'i' },
    });
  });

  test('fails the body with each part that failed, and sends its errbacks', async () => {
    const errback = { ...aBody(), task: 't.sorry', options: { task_id: 'errback' } };
    const known = [done('a', '1'), failed('b', 'ValueError', ['boom', 42])];

    const outcome = await poll([leaf('a'), leaf('b')], known, {
      body: aBody({ link_error: [errback] }),
    });

    expect(outcome).toMatchObject({
      kind: 'replaced',
      lost: {
        ids: ['body'],
        error: { type: 'ChordError', args: ["Dependency b raised ValueError('boom', 42)"] },
      },
      messages: [{ headers: { task: 't.sorry', id: 'errback', parent_id: 'body' } }],
    });
  });

  test('fails the body when it may not look again', async () => {
    const outcome = await poll([leaf('a')], [], { kwargs: { max_retries: 2 }, retries: 2 });

    const args = ['Join error: not complete after 3 looks'];
    expect(outcome).toMatchObject({
      ...{ kind: 'replaced', messages: [] },
      lost: { ids: ['body'], error: { type: 'ChordError', args } },
    });
  });

  test('looks again later when the store takes too long', async () => {
    const outcome = await poll([leaf('a')], 'never', {
      settings: { resultChordJoinTimeout: 0.01 },
    });

    expect(outcome).toMatchObject({ kind: 'retry', error: { type: 'TimeoutError' } });
  });

  test('has nothing to look at where results are off', async () => {
    const outcome = await poll([leaf('a')], [], { settings: { backend: null } });

    expect(outcome).toMatchObject({ kind: 'failure', error: { type: 'BackendMissingError' } });
  });
});
