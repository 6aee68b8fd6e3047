import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  comparable,
  type SentCanvas,
  shapeOfPlanned,
} from '../../test/support/canvas-differences.ts';
import { type CapturedEntry, renamed, shapeOf } from '../../test/vectors/canvas.ts';
import { readVectors } from '../../test/vectors/vectors.ts';
import { decodeBody, type SignatureData } from '../protocol/index.ts';
import { plan } from './plan.ts';
import { bodyErrbacks, planBody } from './plan-body.ts';
import { planNext } from './plan-next.ts';
import { planReplacement } from './plan-replace.ts';
import type { PlanContext, Planned } from './planned.ts';
import { chainOf, chordOf, groupOf } from './structure.ts';
import { undone, undoneBody } from './undone.ts';

interface WorkerCase {
  readonly name: string;
  readonly sent_messages: readonly CapturedEntry[];
  readonly result_writes: readonly (readonly [string, string, string, string])[];
}

interface Written {
  readonly task_id: string;
  readonly status: string;
  readonly result: unknown;
  readonly children: unknown;
}

/** A capture of a real client and worker: what was sent, in order, and the last result of each task. */
class Run {
  readonly #sent: readonly CapturedEntry[];
  readonly #written: ReadonlyMap<string, Written>;

  constructor(name: string) {
    const run = readVectors<WorkerCase>('5.6.2', 'd_results_redis').find(
      (each) => each.name === name,
    );
    if (!run) throw new Error(`no capture '${name}'`);
    this.#sent = run.sent_messages;
    const documents = run.result_writes.map(([, , , text]) => JSON.parse(text) as Written);
    this.#written = new Map(documents.map((each) => [each.task_id, each]));
  }

  /** What is known of the task of one message. */
  at(index: number) {
    const entry = this.#sent[index];
    if (!entry) throw new Error(`no message ${index}`);
    const { id, root_id: rootId, group, group_index: groupIndex } = entry.headers;
    const encoding = { bodyEncoding: 'utf-8', contentEncoding: 'utf-8' } as const;
    const part = { ...encoding, body: entry.body, contentType: 'application/json' };
    const body = decodeBody(part);
    return { id, rootId, group, groupIndex, replyTo: entry.properties.reply_to, ...body };
  }

  resultText(index: number): string {
    return JSON.stringify(this.result(this.at(index).id).result);
  }

  result(id: string): Written {
    const written = this.#written.get(id);
    if (!written) throw new Error(`no result of ${id}`);
    return written;
  }

  /** These messages, and the sizes of the chords that they begin. */
  messages(indexes: readonly number[], sizes: SentCanvas['sizes'] = {}): SentCanvas {
    const entries = indexes.map((index) => this.#sent[index]);
    const messages = entries.flatMap((entry) => (entry ? [shapeOf(entry, entry.body)] : []));
    return { messages, sizes };
  }

  /** Sends as the worker did: with its address in what has none. */
  context(sent: readonly number[], parent?: PlanContext['parent']): PlanContext {
    const replyTo = this.at(sent[0] ?? 0).replyTo;
    return { newId: randomUUID, replyTo, parent };
  }
}

function sentCanvas({ tasks, chords = [] }: Pick<Planned, 'tasks' | 'chords'>): SentCanvas {
  const sizes = chords.map(({ groupId, size }) => [groupId, size] as const);
  return { messages: tasks.map(shapeOfPlanned), sizes: Object.fromEntries(sizes) };
}

function expectSame(planned: SentCanvas, captured: SentCanvas): void {
  expect(captured.messages).not.toEqual([]);
  const about = { version: '5.6.2', isExact: true } as const;
  expect(comparable(planned, { ...about, from: 'us' })).toEqual(
    comparable(captured, { ...about, from: 'celery' }),
  );
}

describe('what a worker of Celery 5.6.2 sends after a success', () => {
  test.each([
    ['chain', 0, [1], {}],
    ['chord_body_chain', 2, [3], {}],
    ['chord_header_chain', 0, [2], {}],
    // the sub group is a part of the chord: its size is known already
    ['chord_header_chain_group', 0, [2, 3], {}],
    ['chain_group_task', 0, [1, 2], { size: 2 }],
    ['replace_in_chain', 1, [2], {}],
    ['replace_chain', 1, [2], {}],
    ['stamped_chain', 0, [1], {}],
  ] as const)('%s, message %i', (name, index, sent, { size }: { size?: number }) => {
    const run = new Run(name);
    const { id, rootId, embed } = run.at(index);
    const done = { id, rootId, resultText: run.resultText(index) };

    const planned = planNext(embed, done, run.context(sent));

    const [first] = sent;
    const group = run.at(first).group ?? '';
    expectSame(sentCanvas(planned), run.messages(sent, size ? { [group]: size } : {}));
    const { children } = run.result(id);
    expect(renamed([planned.tasks.map((each) => each.id), planned.children])).toEqual(
      renamed([sent.map((each) => run.at(each).id), children]),
    );
  });
});

describe('what a worker of Celery 5.6.2 sends once all parts of a chord are there', () => {
  test.each([
    ['chord', [0, 1], 1, [2]],
    ['chord_fail_body', [0, 1], 0, [2]],
    ['chord_body_chain', [0, 1], 1, [2]],
    ['chord_body_group', [0, 1], 1, [2, 3]],
    ['chord_header_chain', [2, 1], 2, [3]],
    ['chord_header_chord', [0, 1], 1, [3]],
    ['chord_header_chord', [3, 2], 3, [4]],
    ['chain_group_task', [1, 2], 1, [3]],
    ['replace_in_chord', [2, 1], 2, [3]],
    ['replace_group', [1, 2], 2, [3]],
    ['add_to_chord', [2, 0, 1], 2, [3]],
    ['celery_chord_task', [1], 1, [2]],
  ] as const)('%s, after %j', (name, parts, last, sent) => {
    const run = new Run(name);
    const { id, rootId, embed } = run.at(last);
    const results = parts.map((index) => run.resultText(index));

    const planned = planBody(body(embed), results, run.context(sent, { id, rootId }));

    expectSame(sentCanvas(planned), run.messages(sent));
  });

  test('with a list of a group inside, as one text', () => {
    const run = new Run('chord_header_chain_group');
    const { id, rootId, embed } = run.at(2);

    const planned = planBody(body(embed), '[[3, 4], 6]', run.context([4], { id, rootId }));

    expectSame(sentCanvas(planned), run.messages([4]));
  });
});

describe('what a worker of Celery 5.6.2 does when a chord fails', () => {
  test("the errbacks of the body are called with the body's id", () => {
    const run = new Run('chord_fail_header');
    const { embed } = run.at(1);

    const planned = bodyErrbacks(body(embed), run.context([2]));

    expectSame(sentCanvas(planned), run.messages([2]));
  });

  test('a chain in the header fails with its first step, and so does the chord that its last is a part of', () => {
    const run = new Run('chord_header_chain_fail');
    const { id, embed } = run.at(0);

    const { ids, memberships } = undone(embed, { id, groupId: null, groupIndex: null });

    const [last] = embed.chain ?? [];
    const [membership] = memberships;
    expect(ids).toEqual([last?.options['task_id']]);
    expect(memberships).toHaveLength(1);
    expect(membership).toMatchObject({ taskId: ids[0], index: 0, groupId: run.at(1).group });
    for (const each of ids) expect(run.result(each).status).toBe('FAILURE');
    const failed = undoneBody(membership?.body as SignatureData);
    expect(run.result(failed.ids[0] ?? '').status).toBe('FAILURE');
  });

  test('a group that is a body fails as one, and in each of its tasks', () => {
    const run = new Run('chord_body_group_fail');
    const { embed } = run.at(1);

    const { ids, memberships } = undoneBody(body(embed));

    expect(ids).toHaveLength(3);
    for (const each of ids) expect(run.result(each).status).toBe('FAILURE');
    expect(memberships).toEqual([]);
  });
});

describe('what a worker of Celery 5.6.2 sends in place of a task', () => {
  const add = (...args: readonly unknown[]): SignatureData => {
    return {
      task: 'tasks.add',
      args,
      kwargs: {},
      options: {},
      subtask_type: null,
      immutable: false,
    };
  };
  test.each([
    ['replace', add(1, 100), [1], undefined],
    ['replace_in_chain', add(1, 100), [1], undefined],
    ['replace_in_chord', add(1, 100), [2], undefined],
    ['replace_group', groupOf([add(1, 1), add(1, 2)]), [1, 2], 2],
    ['replace_chain', chainOf([add(1, 1), add(2)]), [1], undefined],
  ] as const)('%s', (name, replacement, sent, size) => {
    const run = new Run(name);
    const { id, rootId, group, groupIndex, embed } = run.at(0);
    const current = { id, rootId, group, groupIndex, embed, nesting: 0 };

    const planned = planReplacement(current, replacement, run.context(sent));

    const own = run.at(sent[0]).group ?? '';
    expectSame(sentCanvas(planned), run.messages(sent, size ? { [own]: size } : {}));
    const last = embed.chain?.[0]?.options['task_id'] ?? id;
    expect(planned.ends.map((each) => each.id)).toEqual([last]);
  });

  test('the built-in task celery.chord sends what it is given as a chord', () => {
    const run = new Run('celery_chord_task');
    const { id, rootId, args } = run.at(0);
    const [header, callback] = args as [SignatureData[], SignatureData];

    const planned = plan(chordOf(header, callback), run.context([1], { id, rootId }));

    const group = run.at(1).group ?? '';
    expectSame(sentCanvas(planned), run.messages([1], { [group]: 1 }));
    expect(renamed(planned.child)).toEqual(renamed((run.result(id).children as unknown[])[0]));
  });
});

function body({ chord }: { readonly chord: SignatureData | null }): SignatureData {
  if (!chord) throw new Error('not a part of a chord');
  return chord;
}
