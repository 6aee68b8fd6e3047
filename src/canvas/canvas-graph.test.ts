import { expect, test } from 'vitest';
import { Recorder, signatures } from '../../test/support/signatures.ts';
import { chord } from './chord.ts';
import { chain, group } from './compose.ts';
import { signatureFromJson } from './from-json.ts';
import { xmap } from './mapping.ts';

const { add, mul, make } = signatures();
const sum = make('tasks.xsum', []);

/** Arrows by what nodes are called. */
function arrows({ graph }: { readonly graph: typeof sum.graph }) {
  return graph.edges.map(([from, to, kind]) => `${graph.nodes[from]} ${kind} ${graph.nodes[to]}`);
}

test('a chain is drawn step by step, with links as other arrows', () => {
  const canvas = chain(add(1, 2).onError(make('tasks.note', [])), mul(3)).link(mul(4));

  expect(arrows(canvas)).toEqual([
    'tasks.add(1, 2) error tasks.note()',
    'tasks.add(1, 2) next tasks.mul(3)',
    'tasks.mul(3) link tasks.mul(4)',
  ]);
});

test('a chord waits for its whole header, and a group is begun as a whole', () => {
  const canvas = chain(add(1, 2), chord([add(3), chain(add(4), mul(5))], sum));

  expect(arrows(canvas).sort()).toEqual([
    'tasks.add(1, 2) next tasks.add(3)',
    'tasks.add(1, 2) next tasks.add(4)',
    'tasks.add(3) next tasks.xsum()',
    'tasks.add(4) next tasks.mul(5)',
    'tasks.mul(5) next tasks.xsum()',
  ]);
});

test('many to many go through one point, so that arrows do not multiply', () => {
  const wide = (from: number) => group(Array.from({ length: 200 }, (_, at) => add(from, at)));

  const canvas = chain(wide(1), wide(2));

  expect(canvas.graph.nodes).toHaveLength(401);
  expect(canvas.graph.edges).toHaveLength(400);
});

test('an empty group is passed over', () => {
  const steps = chain(add(1, 2), mul(3)).data;
  const tasks = [add(1, 2).data, group([]).data, mul(3).data];
  const canvas = signatureFromJson({ ...steps, kwargs: { tasks } }, new Recorder());

  expect(arrows(canvas)).toEqual(['tasks.add(1, 2) next tasks.mul(3)']);
  expect(chord([], sum).graph.nodes).toEqual(['tasks.xsum()']);
});

test('a graph is written for Mermaid and for Graphviz', () => {
  const canvas = chain(group([add('a "b"'), add(2)]), group([mul(3), xmap(add(), [1])])).link(
    make('note', []),
  );

  expect(canvas.graph.toMermaid()).toBe(`flowchart LR
  n0["tasks.add('a &quot;b&quot;')"]
  n1["tasks.add(2)"]
  n2["tasks.mul(3)"]
  n3["note()"]
  n4["[tasks.add(x) for x in [1]]"]
  n5(( ))
  n2 -. link .-> n3
  n0 --> n5
  n1 --> n5
  n5 --> n2
  n5 --> n4
`);
  expect(canvas.graph.toDot()).toBe(`digraph canvas {
  rankdir=LR;
  node [shape=box];
  n0 [label="tasks.add('a \\"b\\"')"];
  n1 [label="tasks.add(2)"];
  n2 [label="tasks.mul(3)"];
  n3 [label="note()"];
  n4 [label="[tasks.add(x) for x in [1]]"];
  n5 [shape=point];
  n2 -> n3 [style=dashed, label="link"];
  n0 -> n5;
  n1 -> n5;
  n5 -> n2;
  n5 -> n4;
}
`);
});
