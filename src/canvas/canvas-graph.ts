import type { SignatureData } from '../protocol/index.ts';
import { dotText, mermaidText } from '../util/index.ts';
import { findBody, tasksOf } from './parts.ts';
import { signatureRepr } from './repr.ts';
import { kindOf, signatureList } from './structure.ts';

/** Why one node comes after another. */
export type EdgeKind = 'next' | 'link' | 'error';

/** The nodes that a part begins and ends with. */
interface Ends {
  readonly first: readonly number[];
  readonly last: readonly number[];
}

/**
 * A canvas as nodes and arrows, to look at. Nodes are tasks as Celery shows them, but for points where many tasks wait for
 * many others; a link is an arrow with dashes.
 */
export class CanvasGraph {
  /** What the nodes are called; '' for a point. */
  readonly nodes: readonly string[];
  /** By places in `nodes`. */
  readonly edges: readonly (readonly [from: number, to: number, kind: EdgeKind])[];

  /** @throws MessageInvalidError for what is no signature inside of it */
  constructor(signature: SignatureData) {
    const builder = new GraphBuilder();
    builder.add(signature);
    this.nodes = builder.nodes;
    this.edges = builder.edges;
  }

  /** For Graphviz: `dot -Tsvg`. */
  toDot(): string {
    const shapes = this.nodes.map((label, index) =>
      label === '' ? `  n${index} [shape=point];` : `  n${index} [label=${dotText(label)}];`,
    );
    const arrows = this.edges.map(([from, to, kind]) => `  n${from} -> n${to}${dotStyles[kind]};`);
    const head = ['digraph canvas {', '  rankdir=LR;', '  node [shape=box];'];
    return [...head, ...shapes, ...arrows, '}', ''].join('\n');
  }

  /** For Mermaid, which GitHub and many editors draw. */
  toMermaid(): string {
    const shapes = this.nodes.map((label, index) =>
      label === '' ? `  n${index}(( ))` : `  n${index}["${mermaidText(label)}"]`,
    );
    const arrows = this.edges.map(([from, to, kind]) => `  n${from} ${mermaidArrows[kind]} n${to}`);
    return ['flowchart LR', ...shapes, ...arrows, ''].join('\n');
  }
}

class GraphBuilder {
  readonly nodes: string[] = [];
  readonly edges: (readonly [number, number, EdgeKind])[] = [];

  add(signature: SignatureData): Ends {
    const ends = this.#inner(signature);
    for (const name of ['link', 'link_error'] as const) {
      const kind = name === 'link' ? 'link' : 'error';
      for (const each of signatureList(signature.options[name], name) ?? []) {
        this.#connect(ends.last, this.add(each).first, kind);
      }
    }
    return ends;
  }

  #inner(signature: SignatureData): Ends {
    const tasks = tasksOf(signature);
    switch (kindOf(signature)) {
      case 'task': {
        const node = this.#node(signatureRepr(signature));
        return { first: [node], last: [node] };
      }
      case 'chain':
        return this.#inOrder(tasks.map((each) => () => this.add(each)));
      case 'group':
        return this.#sideBySide(tasks);
      case 'chord': {
        const body = findBody(signature);
        const header = () => this.#sideBySide(tasks);
        return this.#inOrder(body ? [header, () => this.add(body)] : [header]);
      }
    }
  }

  #sideBySide(tasks: readonly SignatureData[]): Ends {
    const ends = tasks.map((each) => this.add(each));
    return { first: ends.flatMap((each) => each.first), last: ends.flatMap((each) => each.last) };
  }

  /** An empty group in between is passed over. */
  #inOrder(parts: readonly (() => Ends)[]): Ends {
    let whole: Ends = { first: [], last: [] };
    for (const part of parts) {
      const ends = part();
      if (ends.first.length === 0) continue;
      if (whole.last.length > 0) this.#connect(whole.last, ends.first, 'next');
      whole = { first: whole.first.length > 0 ? whole.first : ends.first, last: ends.last };
    }
    return whole;
  }

  /** Many to many go through one point: each of these waits for all of those. */
  #connect(from: readonly number[], to: readonly number[], kind: EdgeKind): void {
    if (from.length > 1 && to.length > 1) {
      const point = this.#node('');
      this.#connect(from, [point], kind);
      this.#connect([point], to, kind);
      return;
    }
    for (const source of from) for (const target of to) this.edges.push([source, target, kind]);
  }

  #node(label: string): number {
    return this.nodes.push(label) - 1;
  }
}

const dotStyles: Readonly<Record<EdgeKind, string>> = {
  next: '',
  link: ' [style=dashed, label="link"]',
  error: ' [style=dashed, color=red, label="error"]',
};

const mermaidArrows: Readonly<Record<EdgeKind, string>> = {
  next: '-->',
  link: '-. link .->',
  error: '-. error .->',
};
