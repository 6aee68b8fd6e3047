import { expect, test } from 'vitest';
import type { Arg, RedisLink } from '../../drivers/redis/index.ts';
import type { ChordPart, ChordPlace } from '../../protocol/index.ts';
import { type Commit, commit } from './commit.lua.ts';
import { Layout } from './layout.ts';

const place: ChordPlace = {
  ...{ groupId: 'g', key: 'celery-taskset-meta-g', completeKey: 'celeriac.chords' },
  ...{ db: 3, ttlMs: 5_000, isOrdered: true },
};
const part: ChordPart = {
  ...{ ...place, taskId: 'm', index: null, member: '[]', ending: '{}', writes: [], parts: [] },
};
const plain: Commit = {
  tag: 'c8.1',
  settle: { code: 'a' },
  replyChannel: '',
  writes: [],
  messages: [],
  openings: [],
  parts: [],
};

/** What the script gets behind its keys, and what becomes of a reply. */
async function sent(commits: readonly Commit[], reply: unknown = [1, '']) {
  let argv: readonly Arg[] = [];
  const call = async (_name: string, args: readonly Arg[]) => {
    argv = args.slice(4);
    return reply;
  };
  const link = { call } as unknown as RedisLink;
  const parsed = await commit(link, { layout: new Layout(), db: 0, commits });
  return { argv, parsed };
}

test('a completion of no chord has no argument for chords', async () => {
  expect((await sent([plain])).argv).toEqual([0, 0, 'c8.1', 'a', 0, 0, '']);
});

test('openings and parts come last, with the count of their arguments', async () => {
  const commits = [{ ...plain, openings: [{ ...place, size: 2 }], parts: [part] }];

  expect((await sent(commits)).argv).toEqual([
    ...[0, 1, 'c8.1', 'a+', 0, 0, '', 1, 1, 11],
    ...[3, 'celery-taskset-meta-g', 5_000, 2],
    ...[1, '+inf', '[]', 'm', '{}', 0, 0],
    ...[3, 'celery-taskset-meta-g', 5_000, 'celeriac.chords', 1, ''],
  ]);
});

test('what many parts of a chord are told alike is there once', async () => {
  const head = '{"body": 1';
  const parts = [{ ...part, head }, { ...part, taskId: 'n', head }, part];
  const commits = parts.map((each) => ({ ...plain, parts: [each] }));

  const { argv } = await sent(commits);

  expect(argv.filter((arg) => arg === head)).toHaveLength(1);
  // per completion ten of its own, then the number of its row
  expect([2, 17, 32].map((at) => argv[at + 8])).toEqual([1, 1, 2]);
});

test('a reply names the chords that are complete by their groups, those within a part too', async () => {
  const inner = { ...part, groupId: 'inner', key: 'celery-taskset-meta-inner' };
  const commits = [plain, { ...plain, parts: [{ ...part, parts: [inner] }] }];
  const pairs = [
    [inner.key, '{"n": 1}'],
    [part.key, '{}'],
    [part.key, '{"last": true}'],
  ];

  const { parsed } = await sent(commits, [2, '', 'c8.1', ...pairs]);

  expect(parsed).toEqual({
    ...{ applied: 2, trouble: '', isOfChord: false, chordKey: '', lost: ['c8.1'] },
    complete: [
      { groupId: 'inner', ending: '{"n": 1}' },
      { groupId: 'g', ending: '{"last": true}' },
    ],
  });
});
