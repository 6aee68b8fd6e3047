import { describe, expect, test } from 'vitest';
import { type CapturedEntry, renamed, shapeOf } from '../../test/vectors/canvas.ts';
import { readVectors } from '../../test/vectors/vectors.ts';
import { decodeBody, type Embed, encodeBody, type SignatureData } from '../protocol/index.ts';
import { planErrbacks, planNext } from './plan-next.ts';
import type { PlannedTask } from './planned.ts';
import { undone } from './undone.ts';

interface WorkerCase {
  readonly name: string;
  readonly sent_messages: readonly CapturedEntry[];
  readonly result_writes: readonly (readonly [string, string, string, string])[];
}

/** A capture of a real worker: what was sent, in order, and the results by task id. */
function capturedRun(name: string) {
  const vector = readVectors<WorkerCase>('5.6.2', 'd_results_redis').find(
    (each) => each.name === name,
  );
  if (!vector) throw new Error(`no capture '${name}'`);
  const results = vector.result_writes.map(
    (write) => JSON.parse(write[3]) as { task_id: string; result: unknown; children: unknown },
  );
  return {
    sent: vector.sent_messages,
    resultOf: (id: string) => results.find((each) => each.task_id === id),
  };
}

function embedOf(entry: CapturedEntry): Embed {
  return decodeBody({
    body: entry.body,
    bodyEncoding: 'utf-8',
    contentType: 'application/json',
    contentEncoding: 'utf-8',
  }).embed;
}

const uuid = (count: number) => `00000000-0000-4000-8000-${String(count).padStart(12, '0')}`;

function contextFor(replyTo: string) {
  let count = 0;
  return { newId: () => uuid(++count), replyTo };
}

function shapeOfPlanned(planned: PlannedTask) {
  const { task, id, rootId, parentId, group, groupIndex, replyTo, args, kwargs, embed } = planned;
  const body: unknown = JSON.parse(encodeBody(args, kwargs, embed));
  const ids = { task, id, root_id: rootId, parent_id: parentId };
  return { ...ids, group, group_index: groupIndex, reply_to: replyTo, body };
}

/** What a worker sent after the task of one message, and what it knew when it did. */
function follow(run: ReturnType<typeof capturedRun>, index: number) {
  const entry = run.sent[index];
  if (!entry) throw new Error('no such message');
  const { id, root_id: rootId } = entry.headers;
  const children = run.sent.filter((each) => each.headers.parent_id === id);
  const written = run.resultOf(id);
  const resultText = JSON.stringify(written?.result);
  return { embed: embedOf(entry), id, rootId, children, resultText, written };
}

describe('what a worker sends after a success is what Celery 5.6.2 sends', () => {
  test.each([
    ['chain', 3],
    ['link', 2],
    ['link2', 3],
    ['link_group', 4],
    ['chain_group_end', 3],
  ])('%s', (name, count) => {
    const run = capturedRun(name);
    expect(run.sent).toHaveLength(count);

    for (const index of run.sent.keys()) {
      const { embed, id, rootId, children, resultText, written } = follow(run, index);
      const workers = children.find(
        (each) => each.properties.reply_to !== run.sent[0]?.properties.reply_to,
      );
      const context = contextFor(workers?.properties.reply_to ?? uuid(99));

      const planned = planNext(embed, { id, rootId, resultText }, context);

      const shapes = children.map((each) => shapeOf(each, each.body));
      expect(renamed([planned.tasks.map(shapeOfPlanned), planned.children])).toEqual(
        renamed([shapes, written?.children]),
      );
    }
  });

  test('a result is passed on byte by byte', () => {
    const embed = embedWith({ chain: [call('next')] });
    const resultText =
      '{"a": 1.0, "big": 12345678901234567890, "b": {"__type__": "datetime", "__value__": "2024-01-02"}}';

    const [planned] = planNext(embed, { id: 'a', rootId: 'r', resultText }, contextFor('me')).tasks;

    expect(encodeBody(planned?.args ?? [], {}, embedWith({}))).toContain(`[[${resultText}], {}, `);
  });

  test('an immutable step gets nothing, and a priority is handed on only when asked for', () => {
    const embed = embedWith({ callbacks: [{ ...call('next', [7]), immutable: true }] });
    const done = { id: 'a', rootId: 'r', resultText: '1' };

    const [usual] = planNext(embed, done, contextFor('me')).tasks;
    const [inherited] = planNext(embed, { ...done, parentPriority: 4 }, contextFor('me')).tasks;

    expect(usual).toMatchObject({ args: [7], options: {} });
    expect(inherited?.options).toEqual({ priority: 4 });
  });

  test('every member of a group in mid-chain takes the rest of the chain along', () => {
    const group = {
      ...call('celery.group'),
      subtask_type: 'group',
      kwargs: { tasks: [call('a'), call('b')] },
    };
    const embed = embedWith({ chain: [call('last'), group] });

    const { tasks } = planNext(embed, { id: 'x', rootId: 'r', resultText: '1' }, contextFor('me'));

    expect(tasks.map((each) => each.embed.chain?.map((step) => step.task))).toEqual([
      ['last'],
      ['last'],
    ]);
  });
});

describe('what a worker sends after a failure', () => {
  test.each(['link_error_old', 'link_error_unregistered'])(
    'is what Celery 5.6.2 sends: %s',
    (name) => {
      const run = capturedRun(name);
      const { embed, id, rootId, children } = follow(run, 0);
      expect(children).toHaveLength(1);

      const planned = planErrbacks(embed, { id, rootId }, contextFor(uuid(99)));

      const shapes = children.map((each) => shapeOf(each, each.body));
      expect(renamed(planned.tasks.map(shapeOfPlanned))).toEqual(renamed(shapes));
    },
  );

  test('is the failed task of a chain to the errbacks of that step, and nothing of the steps after it', () => {
    const run = capturedRun('chain_fail_middle');
    const { embed, id, rootId, children } = follow(run, 1);

    const planned = planErrbacks(embed, { id, rootId }, contextFor(uuid(99)));

    const shapes = children.map((each) => shapeOf(each, each.body));
    expect(renamed(planned.tasks.map(shapeOfPlanned))).toEqual(renamed(shapes));
    expect(undone(embed, { id, groupId: null, groupIndex: null }).ids).toEqual([
      embed.chain?.[0]?.options['task_id'],
    ]);
  });

  test('an immutable errback does not get the id', () => {
    const embed = embedWith({ errbacks: [{ ...call('mourn', ['fixed']), immutable: true }] });

    const [planned] = planErrbacks(embed, { id: 'a', rootId: 'r' }, contextFor('me')).tasks;

    expect(planned?.args).toEqual(['fixed']);
  });

  test('names all that will never run, members of a group at the end too', () => {
    const member = { ...call('b'), options: { task_id: 'member' } };
    const group = {
      ...call('celery.group'),
      subtask_type: 'group',
      kwargs: { tasks: [member] },
      options: { task_id: 'group' },
    };
    const step = { ...call('a'), options: { task_id: 'step' } };

    expect(
      undone(embedWith({ chain: [group, step] }), { id: 'own', groupId: null, groupIndex: null })
        .ids,
    ).toEqual(['step', 'group', 'member']);
  });
});

function call(task: string, args: readonly unknown[] = []): SignatureData {
  return { task, args, kwargs: {}, options: {}, subtask_type: null, immutable: false };
}

function embedWith(parts: Partial<Embed>): Embed {
  return { callbacks: null, errbacks: null, chain: null, chord: null, ...parts };
}
