import { expect, test } from 'vitest';
import { parseRequest, type Request } from '../app/index.ts';
import { bareOutcome, type Outcome } from '../pool/index.ts';
import {
  type Embed,
  encodeResultMeta,
  finalityOf,
  type ResultMeta,
  type SignatureData,
} from '../protocol/index.ts';
import type { Completion } from '../transports/index.ts';
import { Settler } from './settler.ts';
import { UncountedChords } from './uncounted-chords.ts';

const boom = { type: 'E', module: 'm', args: ['boom'], traceback: null };
const nowhere = new RangeError('no queue');

function call(id: string): SignatureData {
  const parts = { task: id, args: [], kwargs: {}, subtask_type: null, immutable: false };
  return { ...parts, options: { task_id: id } };
}

/** A member of a chord. */
const embed: Embed = { callbacks: null, errbacks: null, chain: null, chord: call('body') };

function aMember(id: string, group: string): Request {
  return parseRequest({
    ...{ tag: id, queue: 'celery', properties: {}, bodyEncoding: 'utf-8', headersText: '' },
    ...{ contentType: 'application/json', contentEncoding: 'utf-8' },
    headers: { task: 't', id, root_id: id, group, group_index: 0 },
    body: JSON.stringify([[], {}, embed]),
  }) as Request;
}

const counting = {
  chords: {
    place: (groupId: string) => ({ groupId }),
    encode: (member: object) => ({ member: JSON.stringify(member) }),
  },
  write: (meta: ResultMeta) => ({
    ...{ key: meta.taskId, document: encodeResultMeta(meta), ttlMs: 0, db: 0 },
    finality: finalityOf(meta.status),
  }),
};

/** A settler, what it has completed and what it has warned of. */
function aSettler(backend: object | null = counting) {
  const completed: Completion[] = [];
  const warnings: string[] = [];
  const logger = { warning: (text: string) => warnings.push(text) };
  const uncounted = new UncountedChords(logger);
  const acks = { acksLate: true, acksOnFailureOrTimeout: true, deliveryLimit: 1 };
  const parts = {
    app: { compose: () => [], newId: () => 'new', replyTo: 'r', settings: {} },
    policies: {
      ...{ acks: () => acks, trails: () => true, inheritsPriority: false },
      ...{ ignoresResult: () => false, ignoresError: () => true },
    },
    log: { ended: () => undefined },
    logger,
    clock: { now: () => 0 },
    results: {
      ...{ backend, isExtended: false, reading: {}, nodeName: 'w' },
      onUncounted: (part: Parameters<UncountedChords['note']>[0]) => uncounted.note(part),
    },
    complete: (each: readonly Completion[]) => completed.push(...each),
  };
  const settler = new Settler(parts as unknown as ConstructorParameters<typeof Settler>[0]);
  return { settler, completed, warnings };
}

/** The states that a completion stores, and those that it tells chords. */
function toldBy({ writes, parts = [] }: Completion) {
  const states = writes.map(({ key, document }) => `${key} ${JSON.parse(document).status}`);
  const members = parts.map(({ taskId, member }) => {
    const { status, error } = JSON.parse(member);
    return `${taskId} ${status} ${error?.args[0] ?? ''}`;
  });
  return { states, members };
}

type Ending = Parameters<typeof bareOutcome>[0];

const others = { kind: 'replaced', messages: [], chords: [], groups: [] } as const;
const endings: [what: string, Ending, states: readonly string[], member: string][] = [
  ['a success', { kind: 'success', resultText: '1' }, [], 'm FAILURE no queue'],
  ['a failure that is not stored', { kind: 'failure', error: boom }, [], 'm FAILURE boom'],
  ['another in its place', others, [], 'm FAILURE no queue'],
  [
    'the end of others',
    { ...others, lost: { ids: ['x'], error: boom } },
    ['x FAILURE'],
    'm FAILURE no queue',
  ],
];

test.each(endings)(
  'of %s, of which a message has no queue, the chord learns and all who wait',
  (_, ending, states, member) => {
    const { settler, completed } = aSettler();
    const request = aMember('m', 'g');
    settler.settle([[request, { ...bareOutcome(ending), embed }]]);
    const [planned] = completed;

    const instead = planned && settler.unsendable(request, planned, nowhere);

    expect(instead?.settle).toMatchObject({ kind: 'dead-letter' });
    expect(instead && toldBy(instead)).toEqual({ states, members: [member] });
  },
);

test('a worker without results warns of each chord once, and the tasks run', () => {
  const { settler, completed, warnings } = aSettler(null);
  const success: Outcome = { ...bareOutcome({ kind: 'success', resultText: '1' }), embed };
  const failure: Outcome = { ...bareOutcome({ kind: 'failure', error: boom }), embed };

  settler.settle([
    [aMember('a', 'g1'), success],
    [aMember('b', 'g1'), success],
    [aMember('c', 'g2'), failure],
  ]);

  expect(completed.map(({ tag }) => tag)).toEqual(['a', 'b', 'c']);
  expect(warnings).toEqual([
    expect.stringMatching(/chord g1 .*task a .*'resultBackend'/),
    expect.stringMatching(/chord g2 .*task c /),
  ]);
  const counted = aSettler({ write: counting.write });
  counted.settler.settle([[aMember('a', 'g1'), success]]);
  expect(counted.warnings).toEqual([]); // it is polled
});
