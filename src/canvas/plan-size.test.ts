import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { encodeBody, type SignatureData } from '../protocol/index.ts';
import { plan } from './plan.ts';
import { chainOf, chordOf, groupOf } from './structure.ts';
import { joinedAll } from './upgrade.ts';

const NODES = 10_000;
/** How many times longer the whole may take than its four quarters; what grows with the square takes four times as long. */
const GROWTH = 2;

const call = (task: string, ...args: readonly unknown[]): SignatureData => {
  return { task, args, kwargs: {}, options: {}, subtask_type: null, immutable: false };
};
const add = (each: number) => call('tasks.add', each);
const xsum = call('tasks.xsum');
const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const side = (nodes: number) => Math.round(Math.sqrt(nodes));

/** A chord in the header of a chord, and so on. */
function headersIn(depth: number): SignatureData {
  let inner: SignatureData = add(0);
  for (let level = 1; level < depth; level += 1) inner = chordOf([inner, add(level)], xsum);
  return inner;
}

/** Workflows of about so many tasks. */
const shapes: Readonly<Record<string, (nodes: number) => SignatureData>> = {
  'a chain': (nodes) => chainOf(many(nodes, add)),
  'a chain that is put together': (nodes) => joinedAll(chainOf([]), many(nodes, add)),
  'a chain that is put together behind a chord': (nodes) =>
    joinedAll(add(0), [groupOf([add(1), add(2)]), ...many(nodes, add)]),
  'a group': (nodes) => groupOf(many(nodes, add)),
  'a chord': (nodes) => chordOf(many(nodes, add), xsum),
  'groups in a group': (nodes) => groupOf(many(side(nodes), () => groupOf(many(side(nodes), add)))),
  'chains in a group': (nodes) => groupOf(many(side(nodes), () => chainOf(many(side(nodes), add)))),
  'chains in the header of a chord': (nodes) =>
    chordOf(
      many(side(nodes), () => chainOf(many(side(nodes), add))),
      xsum,
    ),
  'chords in the header of a chord': (nodes) =>
    chordOf(
      many(side(nodes), () => chordOf(many(side(nodes), add), xsum)),
      xsum,
    ),
  'chords one after the other, each in the body of the one before': (nodes) =>
    joinedAll(add(0), many(side(nodes), () => [groupOf(many(side(nodes) - 1, add)), xsum]).flat()),
  'chords in headers of chords, 10 deep': (nodes) =>
    groupOf(many(Math.round(nodes / 28), () => headersIn(10))),
};

const context = { newId: randomUUID, replyTo: randomUUID() };

function bytesOf(signature: SignatureData): number {
  const { tasks } = plan(signature, context);
  const sizes = tasks.map(({ args, kwargs, embed }) => encodeBody(args, kwargs, embed).length);
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** How much of the processor it takes, in milliseconds, to put a workflow together and to plan it so many times. */
function timeOf(count: number, make: () => SignatureData): number {
  const began = process.cpuUsage();
  for (let each = 0; each < count; each += 1) plan(make(), context);
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1_000;
}

/** The least time for the whole and for four quarters of it: garbage is collected in some rounds, but not in each. */
function leastTimes(shape: (nodes: number) => SignatureData): readonly [number, number] {
  let [whole, quarters] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < 5; round += 1) {
    whole = Math.min(
      whole,
      timeOf(1, () => shape(NODES)),
    );
    quarters = Math.min(
      quarters,
      timeOf(4, () => shape(NODES / 4)),
    );
    if (round > 1 && whole < GROWTH * quarters) break;
  }
  return [whole, quarters];
}

describe(`a workflow of ${NODES} tasks`, () => {
  test.each(Object.entries(shapes))('grows with the number of its tasks: %s', (name, shape) => {
    const bytes = bytesOf(shape(NODES));
    const quarter = bytesOf(shape(NODES / 4));
    const [ms, quartersMs] = leastTimes(shape);

    console.log(
      `${name}: ${Math.round(bytes / NODES)} bytes a task, planned in ${Math.round(ms)} ms`,
    );
    expect(bytes / NODES).toBeLessThan(1_500);
    expect(bytes / quarter).toBeLessThan(5);
    expect(ms / quartersMs).toBeLessThan(GROWTH);
  });

  test('what grows with the square would be seen', () => {
    let sum = 0;
    const [ms, quartersMs] = leastTimes((nodes) => {
      for (let pair = 0; pair < (nodes * nodes) / 4; pair += 1) sum += pair % 7;
      return add(sum);
    });

    expect(ms / quartersMs).toBeGreaterThan(GROWTH);
  });
});
