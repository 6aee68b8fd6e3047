/** How a graph is drawn. */
export interface DrawOptions<Node> {
  /** What a node is called; its key if not given. */
  readonly label?: ((node: Node) => string) | undefined;
}

/** Things and what follows from each, to be drawn: Celery's `DependencyGraph`. Nodes of one key are one node. */
export class DependencyGraph<Node> {
  readonly #keyOf: (node: Node) => string;
  readonly #nodes = new Map<string, Node>();
  readonly #adjacent = new Map<string, Set<string>>();

  /** @param keyOf - tells nodes apart. */
  constructor(keyOf: (node: Node) => string) {
    this.#keyOf = keyOf;
  }

  /** All nodes, in the order in which they were added. */
  get nodes(): readonly Node[] {
    return [...this.#nodes.values()];
  }

  /** All edges, from what comes first to what follows. */
  get edges(): readonly (readonly [from: Node, to: Node])[] {
    return this.#pairs().map(([from, to]) => [this.#node(from), this.#node(to)]);
  }

  get size(): number {
    return this.#nodes.size;
  }

  /** Adds a node; one that is there stays. */
  addNode(node: Node): void {
    const key = this.#keyOf(node);
    if (!this.#nodes.has(key)) this.#nodes.set(key, node);
  }

  /** Adds an edge, and its nodes if they are not there. */
  addEdge(from: Node, to: Node): void {
    this.addNode(from);
    this.addNode(to);
    const key = this.#keyOf(from);
    const next = this.#adjacent.get(key) ?? new Set();
    this.#adjacent.set(key, next.add(this.#keyOf(to)));
  }

  /** What follows directly from a node. */
  after(node: Node): readonly Node[] {
    return [...(this.#adjacent.get(this.#keyOf(node)) ?? [])].map((key) => this.#node(key));
  }

  /** The graph in the language of Graphviz: `dot -Tsvg`. */
  toDot({ label }: DrawOptions<Node> = {}): string {
    const nodes = [...this.#nodes].map(
      ([key, node]) => `  ${dotText(key)} [label=${dotText(label?.(node) ?? key)}];`,
    );
    const edges = this.#pairs().map(([from, to]) => `  ${dotText(from)} -> ${dotText(to)};`);
    return ['digraph dependencies {', ...nodes, ...edges, '}', ''].join('\n');
  }

  /** The graph as a Mermaid flowchart, which GitHub and many editors draw. */
  toMermaid({ label }: DrawOptions<Node> = {}): string {
    const places = new Map([...this.#nodes.keys()].map((key, place) => [key, `n${place}`]));
    const nodes = [...this.#nodes].map(
      ([key, node]) => `  ${places.get(key)}["${mermaidText(label?.(node) ?? key)}"]`,
    );
    const edges = this.#pairs().map(([from, to]) => `  ${places.get(from)} --> ${places.get(to)}`);
    return ['flowchart TD', ...nodes, ...edges, ''].join('\n');
  }

  #pairs(): [string, string][] {
    return [...this.#adjacent].flatMap(([from, next]) =>
      [...next].map((to): [string, string] => [from, to]),
    );
  }

  #node(key: string): Node {
    return this.#nodes.get(key) as Node;
  }
}

/** A text as a label of Graphviz. */
export function dotText(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}

/** A text within a label of Mermaid, which has no escapes but those of HTML. */
export function mermaidText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\n', '<br>');
}
