import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  comparable,
  type SentCanvas,
  shapeOfPlanned,
} from '../../test/support/canvas-differences.ts';
import { type CapturedEntry, shapeOf } from '../../test/vectors/canvas.ts';
import { type CeleryVersion, readVectors } from '../../test/vectors/vectors.ts';
import type { SignatureData } from '../protocol/index.ts';
import { type Extras, noExtras } from './merge.ts';
import { plan } from './plan.ts';
import type { Plan } from './planned.ts';
import { chainOf, chordOf, groupOf } from './structure.ts';
import { joined, joinedAll } from './upgrade.ts';

interface WireCase {
  readonly name: string;
  readonly lists: Readonly<Record<string, readonly (CapturedEntry | string)[]>>;
  readonly other_keys?: Readonly<Record<string, readonly string[]>>;
}

const sizeKey = /^celery-taskset-meta-(.*)\.s$/;

/** What a client has put into Redis; lists have the newest message first. */
function captured(name: string, version: CeleryVersion): SentCanvas {
  const vector = readVectors<WireCase>(version, 'e_canvas_wire').find((each) => each.name === name);
  const messages = Object.values(vector?.lists ?? {}).flatMap((entries) =>
    entries.toReversed().map((entry) => {
      const message = typeof entry === 'string' ? (JSON.parse(entry) as CapturedEntry) : entry;
      return shapeOf(message, Buffer.from(message.body, 'base64').toString());
    }),
  );
  const sizes = Object.entries(vector?.other_keys ?? {}).flatMap(([key, [size]]) => {
    const group = sizeKey.exec(key)?.[1];
    return group === undefined ? [] : [[group, Number(size)] as const];
  });
  return { messages, sizes: Object.fromEntries(sizes) };
}

function planned({ tasks, chords = [] }: Plan): SentCanvas {
  const sizes = chords.map(({ groupId, size }) => [groupId, size] as const);
  return { messages: tasks.map(shapeOfPlanned), sizes: Object.fromEntries(sizes) };
}

const call = (task: string, args: readonly unknown[], options: object = {}): SignatureData => {
  return { task, args, kwargs: {}, options: { ...options }, subtask_type: null, immutable: false };
};
const add = (...args: readonly unknown[]) => call('tasks.add', args);
const mul = (...args: readonly unknown[]) => call('tasks.mul', args);
const [xsum, ident] = [call('tasks.xsum', []), call('tasks.ident', [])];
const errback = call('tasks.errback_new', []);
const mapping = (task: string, inner: string, it: readonly unknown[]): SignatureData => {
  return { ...call(task, []), kwargs: { task: call(inner, []), it }, immutable: true };
};
const withOptions = (signature: SignatureData, options: object) => {
  return { ...signature, options: { ...options } };
};
const header = [add(1, 1), add(2, 2)];
const middle = groupOf([add(2), add(3)]);
const pairs = (from: number) => [
  [from, from],
  [from + 1, from + 1],
];
const chunks = [0, 2].map((from) => mapping('celery.starmap', 'tasks.add', pairs(from)));

/** Each capture's canvas, with what the call added. */
const canvases: Readonly<Record<string, readonly [SignatureData, Partial<Extras>?]>> = {
  chain3: [chainOf([add(1, 2), mul(3), mul(4)]), { options: { task_id: 'chain-last-id' } }],
  chain_link_error: [chainOf([add(1, 2), mul(3)]), { options: { link_error: [errback] } }],
  chain_link: [chainOf([add(1, 2), mul(3)]), { options: { link: [ident] } }],
  chain_immutable: [chainOf([add(1, 2), { ...mul(3, 4), immutable: true }])],
  group2: [groupOf(header), { options: { task_id: 'group-id-1' } }],
  group_args: [groupOf([add(1), add(2)]), { args: [10] }],
  group_nested: [groupOf([add(1, 1), groupOf([add(2, 2), add(3, 3)])])],
  group_of_chains: [groupOf([chainOf([add(1, 1), mul(2)]), add(3, 3)])],
  chord2: [chordOf(header, xsum), { options: { task_id: 'chord-body-id' } }],
  chord_empty: [chordOf([], xsum), { options: { task_id: 'chord-body-id2' } }],
  chord_single: [chordOf([add(1, 1)], xsum)],
  chord_body_chain: [chordOf(header, chainOf([xsum, mul(2)]))],
  chord_body_group: [chordOf(header, groupOf([ident, xsum]))],
  chord_header_chain: [chordOf([chainOf([add(1, 1), mul(2)]), add(2, 2)], xsum)],
  // Celery sends the members of a group inside in reverse, here (1, 1) and (2, 2): it is ours that is turned round
  chord_header_group: [chordOf([groupOf(header.toReversed()), add(3, 3)], xsum)],
  chord_header_chord: [chordOf([chordOf(header, xsum), add(3, 3)], xsum)],
  chord_link_error: [chordOf(header, withOptions(xsum, { link_error: [errback] }))],
  chord_generator: [chordOf([add(0, 0), ...header], xsum)],
  group_or_task: [joined(groupOf(header), xsum)],
  chain_group_task: [joinedAll(add(1, 1), [middle, xsum])],
  chain_group_task_task: [joinedAll(add(1, 1), [middle, xsum, mul(2)])],
  chain_group_end: [joined(add(1, 1), middle)],
  map: [mapping('celery.map', 'tasks.ident', [1, 2, 3])],
  starmap: [
    mapping(
      'celery.starmap',
      'tasks.add',
      [1, 3].map((each) => [each, each + 1]),
    ),
  ],
  chunks: [groupOf(chunks)],
  chunks_group: [groupOf(chunks)],
  chain_options: [
    chainOf([
      withOptions(add(1, 2), { queue: 'qa', priority: 3 }),
      withOptions(mul(3), { queue: 'qb', countdown: 5, expires: 100, time_limit: 3 }),
    ]),
  ],
  chain_priority: [chainOf([add(1, 2), mul(3)]), { options: { priority: 5, queue: 'qz' } }],
  group_priority: [groupOf([add(1, 2), add(3, 4)]), { options: { priority: 5, queue: 'qz' } }],
  chord_queue: [chordOf([add(1, 2), add(3, 4)], xsum), { options: { queue: 'qz' } }],
  chain_sig_link_error: [
    chainOf([
      withOptions(add(1, 2), { link_error: [call('tasks.errback_new', [1])] }),
      withOptions(mul(3), { link_error: [call('tasks.errback_old', [])] }),
    ]),
  ],
};

describe.each(['5.2.6', '5.6.2'] as const)(
  'what a client sends is what Celery %s sends',
  (version) => {
    const all = readVectors<WireCase>(version, 'e_canvas_wire');

    test.each(all)('$name', ({ name }) => {
      const [signature, extras] = canvases[name] ?? [];
      const context = { newId: randomUUID, replyTo: randomUUID() };

      const sent = planned(plan(signature ?? call('?', []), context, { ...noExtras, ...extras }));

      const about = { version, isExact: true } as const;
      expect(comparable(sent, { ...about, from: 'us' })).toEqual(
        comparable(captured(name, version), { ...about, from: 'celery' }),
      );
    });
  },
);
