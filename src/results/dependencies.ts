import { IncompleteStreamError } from '../errors.ts';
import { DependencyGraph } from '../util/index.ts';
import type { GetOptions } from './get-options.ts';
import { leavable } from './leaving.ts';
import type { ResultHandle } from './result-handle.ts';

/** How the tree below a result is gone through. */
export interface TreeOptions {
  /** true: what has not ended yet is there, without what it may still send; it is no error. */
  readonly intermediate?: boolean | undefined;
}

/** How results of a tree are collected. */
export type CollectOptions = GetOptions & TreeOptions;

/** A result of a tree and its value. */
export type Collected = readonly [result: ResultHandle, value: unknown];

/** What sent something, null for the root, and what it sent. */
export type Dependency = readonly [parent: ResultHandle | null, node: ResultHandle];

/**
 * A result and all that came of it, one level after the other: what tasks sent, the members of groups. What is there
 * twice is followed once. @throws IncompleteStreamError for what has not ended, unless that is wanted
 */
export async function* iterdeps(
  root: ResultHandle,
  { intermediate = false }: TreeOptions = {},
): AsyncGenerator<Dependency, void, undefined> {
  const seen = new Set<string>();
  let level: readonly Dependency[] = [[null, root]];
  while (level.length > 0) {
    const next: Dependency[] = [];
    for (const dependency of level) {
      yield dependency;
      const [, node] = dependency;
      if (seen.has(node.id)) continue;
      seen.add(node.id);
      if (await node.ready()) {
        for (const child of await node.children()) next.push([node, child]);
      } else if (!intermediate) throw new IncompleteStreamError(node.id);
    }
    level = next;
  }
}

/** Each result of a tree with its value; waits for one after the other, and for nothing more once it is left. */
export function collect(
  root: ResultHandle,
  options: CollectOptions = {},
): AsyncGenerator<Collected, void, undefined> {
  return leavable(options.signal, (signal) => valuesBelow(root, { ...options, signal }));
}

async function* valuesBelow(
  root: ResultHandle,
  { intermediate, ...options }: CollectOptions,
): AsyncGenerator<Collected, void, undefined> {
  for await (const [, node] of iterdeps(root, { intermediate })) {
    yield [node, await node.get(options)];
  }
}

/** The value of the last result of a tree. */
export async function leafOf(root: ResultHandle, options?: GetOptions): Promise<unknown> {
  let leaf: unknown;
  for await (const [, value] of collect(root, options)) leaf = value;
  return leaf;
}

/** The tree as a graph: from each result to what came of it. */
export async function graphOf(
  root: ResultHandle,
  options?: TreeOptions,
): Promise<DependencyGraph<ResultHandle>> {
  const graph = new DependencyGraph<ResultHandle>(({ id }) => id);
  for await (const [parent, node] of iterdeps(root, options)) {
    if (parent) graph.addEdge(parent, node);
    else graph.addNode(node);
  }
  return graph;
}

/** The ids of a result and of the steps before it. */
export function idsOf(handle: ResultHandle): string[] {
  return [handle.id, ...(handle.parent ? idsOf(handle.parent) : [])];
}
