import { expect, test } from 'vitest';
import { DependencyGraph } from './dependency-graph.ts';

function diamond() {
  const graph = new DependencyGraph<{ id: string; task: string }>(({ id }) => id);
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((id) => ({ id, task: `t.${id}` })) as [
    { id: string; task: string },
    { id: string; task: string },
    { id: string; task: string },
    { id: string; task: string },
  ];
  graph.addEdge(a, b);
  graph.addEdge(a, c);
  graph.addEdge(b, d);
  graph.addEdge(c, { ...d });
  graph.addEdge(c, d);
  return { graph, a, d };
}

test('nodes of one key are one node, and an edge is there once', () => {
  const { graph, a, d } = diamond();

  expect(graph.size).toBe(4);
  expect(graph.nodes.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd']);
  expect(graph.edges).toHaveLength(4);
  expect(graph.after(a).map(({ id }) => id)).toEqual(['b', 'c']);
  expect(graph.after(d)).toEqual([]);
});

test('a graph is drawn for Graphviz, whatever is in its names', () => {
  const graph = new DependencyGraph<string>((node) => node);
  graph.addNode('alone');
  graph.addEdge('say "hi"', 'back\\slash\nnew');

  expect(graph.toDot()).toBe(`digraph dependencies {
  "alone" [label="alone"];
  "say \\"hi\\"" [label="say \\"hi\\""];
  "back\\\\slash\\nnew" [label="back\\\\slash\\nnew"];
  "say \\"hi\\"" -> "back\\\\slash\\nnew";
}
`);
});

test('a graph is drawn as a Mermaid flowchart, with labels of its own', () => {
  const { graph } = diamond();

  expect(graph.toMermaid({ label: ({ task }) => `${task} <"&">` })).toBe(`flowchart TD
  n0["t.a &lt;&quot;&amp;&quot;&gt;"]
  n1["t.b &lt;&quot;&amp;&quot;&gt;"]
  n2["t.c &lt;&quot;&amp;&quot;&gt;"]
  n3["t.d &lt;&quot;&amp;&quot;&gt;"]
  n0 --> n1
  n0 --> n2
  n1 --> n3
  n2 --> n3
`);
});
