import { describe, expect, test } from 'vitest';
import type { PlannedTask } from '../../canvas/index.ts';
import type { RemoteError } from '../../errors.ts';
import { bareOutcome, type Outcome } from '../../pool/index.ts';
import type {
  ChordMember,
  Delivery,
  Embed,
  OutgoingMessage,
  SignatureData,
} from '../../protocol/index.ts';
import { encodeResultMeta, finalityOf, type ResultMeta } from '../../protocol/index.ts';
import type { ChordPart, Completion } from '../../transports/index.ts';
import { parseEnding } from './chord-parts.ts';
import { type CompletionContext, planCompletion, planUnsendable } from './completion.ts';
import { expiredError, notRegisteredError } from './failures.ts';
import { planRefusal } from './refusal.ts';
import { parseRequest, type Request } from './request.ts';

const boom: RemoteError = {
  type: 'ValueError',
  module: 'builtins',
  args: ['boom', 42],
  traceback: null,
};
const NOTHING: Embed = { callbacks: null, errbacks: null, chain: null, chord: null };

function call(id: string, options: object = {}, over: Partial<SignatureData> = {}): SignatureData {
  const parts = { task: id, args: [], kwargs: {}, subtask_type: null, immutable: false };
  return { ...parts, options: { task_id: id, ...options }, ...over };
}

/** A step that is the last of a chain in the header of a chord. */
function member(id: string, groupId: string, body: SignatureData): SignatureData {
  return call(id, { group_id: groupId, group_index: 1, chord: body });
}

function requestOf(embed: Embed, headers: object = {}): Request {
  const delivery: Delivery = {
    ...{ tag: 'tag', queue: 'celery', properties: {}, bodyEncoding: 'utf-8' },
    ...{ contentType: 'application/json', contentEncoding: 'utf-8' },
    headers: { task: 't', id: 'i', root_id: 'r', ...headers },
    headersText: '',
    body: JSON.stringify([[], {}, embed]),
  };
  return parseRequest(delivery) as Request;
}

const chords = {
  place: (groupId: string) => ({ groupId, key: `k-${groupId}`, db: 0, ttlMs: 1, isOrdered: true }),
  encode: (each: ChordMember) => ({ member: JSON.stringify(each) }),
  opening: (count: object) => ({ ...chords.place('?'), ...count }),
};

const backend = {
  chords,
  groups: { write: (group: unknown) => aWrite('group', JSON.stringify(group)) },
  write: (meta: ResultMeta) => aWrite(meta.taskId, encodeResultMeta(meta), finalityOf(meta.status)),
} as unknown as NonNullable<CompletionContext['backend']>;

function aWrite(key: string, document: string, finality: 'open' | 'final' | 'success' = 'open') {
  return { key, document, finality, ttlMs: 0, db: 0 };
}

const context: CompletionContext = {
  backend,
  isExtended: false,
  reading: {},
  nodeName: 'w1@host1',
  policies: {
    acks: () => {
      const acks = { acksLate: true, acksOnFailureOrTimeout: true, rejectOnWorkerLost: true };
      return { ...acks, deliveryLimit: 1 };
    },
    ignoresResult: () => false,
    ignoresError: () => false,
    inheritsPriority: false,
    trails: () => true,
  },
  compose: (tasks: readonly PlannedTask[]) =>
    tasks.map((task) => ({ queue: task.task, sent: task }) as unknown as OutgoingMessage),
  newId: () => 'new',
  replyTo: 'r',
  nowMs: 0,
  dateDone: 'THEN',
};

function completed(request: Request, outcome: Outcome, over: object = {}): Completion {
  const plan = planCompletion(request, outcome, { ...context, ...over });
  if (plan.kind !== 'complete') throw new Error('it is completed');
  return plan.completion;
}

/** A part without what its place says: group, task, what is kept of it. */
function told({ parts = [] }: Pick<Completion, 'parts'>) {
  return parts.map((part) => {
    const { status, resultText, error } = JSON.parse(part.member);
    return [part.groupId, part.taskId, status, resultText ?? error?.type ?? null];
  });
}

function states({ writes }: Pick<ChordPart, 'writes'>) {
  return writes.map(({ document }) => {
    const { task_id: id, status, result } = JSON.parse(document);
    return [id, status, result?.exc_message?.[0] ?? result];
  });
}

const success = { kind: 'success', resultText: '7' } as const;
const failure = { kind: 'failure', error: boom } as const;

/** Where the task is, with what it wants of its chord: its own part, or that of the step at its chain's end. */
const places: { where: string; embed: Embed; headers: object; taskId: string; index: number }[] = [
  {
    where: 'a member',
    embed: { ...NOTHING, chord: call('body') },
    headers: { group: 'g', group_index: 0 },
    ...{ taskId: 'i', index: 0 },
  },
  {
    where: 'an early step of a member',
    embed: { ...NOTHING, chain: [member('last', 'g', call('body')), call('next')] },
    headers: {},
    ...{ taskId: 'last', index: 1 },
  },
];

describe.each(places)('$where', ({ embed, headers, taskId, index }) => {
  const request = requestOf(embed, headers);
  const isMember = taskId === 'i';

  const endings: [string, Outcome, status: string | undefined, what: unknown][] = [
    ['success', bareOutcome(success), isMember ? 'SUCCESS' : undefined, '7'],
    ['failure', bareOutcome(failure), 'FAILURE', 'ValueError'],
    ['an expected failure', bareOutcome({ ...failure, isExpected: true }), 'FAILURE', 'ValueError'],
    ['ignore', bareOutcome({ kind: 'ignored' }), 'IGNORED', 'null'],
    [
      'reject',
      bareOutcome({ kind: 'rejected', requeue: false, reason: 'no' }),
      'FAILURE',
      'Reject',
    ],
    ['requeue', bareOutcome({ kind: 'rejected', requeue: true, reason: 'no' }), undefined, null],
    [
      'lost for good',
      bareOutcome({ kind: 'worker-lost', reason: 'x' }),
      'FAILURE',
      'WorkerLostError',
    ],
    ['malformed', bareOutcome({ kind: 'malformed', reason: 'x' }), 'FAILURE', 'InvalidTaskError'],
    [
      'retry',
      bareOutcome({ kind: 'retry', dueMs: 0, error: boom, replacement: null, options: null }),
      ...[undefined, null],
    ],
    [
      'replaced',
      bareOutcome({ kind: 'replaced', messages: [], chords: [], groups: [] }),
      ...[undefined, null],
    ],
  ] as [string, Outcome, string | undefined, unknown][];

  test.each(endings)('%s', (_, bare, status, what) => {
    // these two know nothing of what is in their message
    const isUnread = bare.kind === 'worker-lost' || bare.kind === 'malformed';

    const completion = completed(request, { ...bare, embed: isUnread ? null : embed });

    expect(told(completion)).toEqual(status ? [['g', taskId, status, what]] : []);
    expect(completion.parts?.map((part) => part.index) ?? []).toEqual(status ? [index] : []);
  });

  test('redelivery reports nothing', () => {
    const acks = () => ({ ...context.policies.acks('t'), deliveryLimit: 3 });
    const lost = bareOutcome({ kind: 'worker-lost', reason: 'x' });

    const plan = planCompletion(request, lost, {
      ...context,
      policies: { ...context.policies, acks },
    });

    expect(plan.kind).toBe('redeliver');
  });

  test.each([
    ['FAILURE', notRegisteredError('t'), { kind: 'dead-letter', reason: 'unknown' }],
    ['REVOKED', expiredError, { kind: 'ack' }],
  ] as const)('refused as %s', (status, error, settle) => {
    const completion = planRefusal(request, { settle, status, error }, context, 0);

    expect(told(completion)).toEqual([['g', taskId, status, error.type]]);
  });

  test('a failure has failed the body, at once', () => {
    const [part] = completed(request, { ...bareOutcome(failure), embed }).parts ?? [];

    const message = `Dependency ${taskId} raised ValueError('boom', 42)`;
    expect(part && states(part)).toEqual([['body', 'FAILURE', message]]);
    expect(part && parseEnding(`${part.head}${part.ending}`)).toMatchObject({
      body: { task: 'body' },
      ...{ rootId: 'r', parentId: taskId },
    });
  });

  test('results that are ignored are parts all the same', () => {
    const policies = { ...context.policies, ignoresResult: () => true, ignoresError: () => true };

    const completion = completed(request, { ...bareOutcome(failure), embed }, { policies });

    expect(told(completion)).toEqual([['g', taskId, 'FAILURE', 'ValueError']]);
  });

  test('where nobody counts there are no parts', () => {
    for (const nobody of [null, { write: backend.write }]) {
      const completion = completed(
        request,
        { ...bareOutcome(failure), embed },
        { backend: nobody },
      );
      expect(completion).not.toHaveProperty('parts');
    }
  });
});

describe('a chord in a chord', () => {
  const outer = call('outer');
  const inner = call('inner', { group_id: 'g2', group_index: 3, chord: outer });
  const embed = { ...NOTHING, chord: inner };
  const request = requestOf(embed, { group: 'g1', group_index: 0 });

  test('is told of a failure all the way up', () => {
    const [part] = completed(request, { ...bareOutcome(failure), embed }).parts ?? [];
    const [above] = part?.parts ?? [];

    const first = "Dependency i raised ValueError('boom', 42)";
    expect(part && states(part)).toEqual([['inner', 'FAILURE', first]]);
    expect(above).toMatchObject({ groupId: 'g2', taskId: 'inner', index: 3 });
    expect(told(part ?? {})).toEqual([['g2', 'inner', 'FAILURE', 'ChordError']]);
    expect(above && states(above)).toEqual([
      ['outer', 'FAILURE', `Dependency inner raised ChordError("${first}")`],
    ]);
    expect(above?.parts).toEqual([]);
  });

  test('is told nothing of a success: its part is the body', () => {
    const [part] = completed(request, { ...bareOutcome(success), embed }).parts ?? [];

    expect(part).toMatchObject({ writes: [], parts: [] });
  });
});

test('a body that is a group has failed with what the member failed with, and so has the group', () => {
  const tasks = [call('one', { group_id: 'g' }), call('two', { group_id: 'g' })];
  const body = call('g', {}, { subtask_type: 'group', kwargs: { tasks } });
  const embed = { ...NOTHING, chord: body };
  const request = requestOf(embed, { group: 'g', group_index: 0 });

  const [part] = completed(request, { ...bareOutcome(failure), embed }).parts ?? [];

  expect(part && states(part).sort()).toEqual(
    ['g', 'one', 'two'].map((id) => [id, 'FAILURE', 'boom']),
  );
});

test('a step that is a chord begins it, and its body has what is left of the chain', () => {
  const header = [call('a', { group_id: 'h' }), call('b', { group_id: 'h' })];
  const step = call(
    'body',
    {},
    {
      task: 'celery.chord',
      subtask_type: 'chord',
      kwargs: { kwargs: {}, header, body: call('body', { group_id: 'h' }) },
    },
  );
  const embed = { ...NOTHING, chain: [call('last'), step] };

  const completion = completed(requestOf(embed), { ...bareOutcome(success), embed });

  const sent = completion.messages as unknown as { sent: PlannedTask }[];
  expect(completion.openings).toMatchObject([{ size: 2 }]);
  expect(sent.map((each) => each.sent.task)).toEqual(['a', 'b']);
  expect(sent[0]?.sent.embed.chord?.options['chain']).toMatchObject([{ task: 'last' }]);
  expect(completion.parts).toBeUndefined();
});

test('what takes the place of a task begins its chords and groups with it', () => {
  const group = [['h', null], []] as const;
  const chord = { groupId: 'h', size: 2 };
  const message = { queue: 'other' } as OutgoingMessage;
  const replaced = { kind: 'replaced', messages: [message], chords: [chord], groups: [group] };
  const request = requestOf(NOTHING);

  const completion = completed(request, bareOutcome(replaced as Parameters<typeof bareOutcome>[0]));

  expect(completion).toMatchObject({ messages: [message], openings: [chord] });
  expect(completion.writes).toMatchObject([{ key: 'group' }]);
});

test('a member calls its own errbacks, also one that its chord has, too', () => {
  const embed = {
    ...NOTHING,
    errbacks: [call('errback')],
    chord: call('body', { link_error: [call('errback')] }),
  };
  const request = requestOf(embed, { group: 'g', group_index: 0 });

  const { messages } = completed(request, { ...bareOutcome(failure), embed });

  expect(messages.map((each) => each.queue)).toEqual(['errback']);
});

test('a chord in the place of a task fails it where results are off, and its errbacks are sent', () => {
  const chord = { groupId: 'h', size: 2 };
  const replaced = { kind: 'replaced', messages: [], chords: [chord], groups: [] } as const;
  const request = requestOf({ ...NOTHING, errbacks: [call('errback')] });
  const off = { ...context, backend: null };

  expect(() => planCompletion(request, bareOutcome(replaced), off)).toThrow('no result backend');
  const { outcome, plan } = planUnsendable(request, bareOutcome(replaced), new Error('no'), off);

  expect(outcome).toMatchObject({ kind: 'failure', error: { args: ['no'] } });
  if (plan.kind !== 'complete') throw new Error(plan.kind);
  const sent = plan.completion.messages as unknown as { sent: PlannedTask }[];
  expect(sent.map((each) => each.sent.task)).toEqual(['errback']);
});

test('a task alone has no more than before', () => {
  const completion = completed(requestOf(NOTHING), bareOutcome(success));

  expect(Object.keys(completion)).toEqual(['tag', 'replyTo', 'settle', 'writes', 'messages']);
});
