/**
 * Finds what cannot be put in an order: one cycle for each set of nodes that reach each other.
 * @param {Map<string, string[]>} edges - targets by node; targets that are no node are ignored.
 * @returns {string[][]} each cycle with its first node again at the end; empty if there is none.
 */
export function cyclesIn(edges) {
  const cycles = [];
  const seen = new Set();
  for (const node of edges.keys()) {
    const cycle = seen.has(node) ? undefined : shortestCycle(edges, node);
    if (!cycle) continue;
    cycles.push(cycle);
    // one report for the whole knot: whatever reaches back here belongs to it
    for (const other of reachable(edges, node)) {
      if (reachable(edges, other).has(node)) seen.add(other);
    }
  }
  return cycles;
}

function shortestCycle(edges, start) {
  const cameFrom = new Map();
  const waiting = [start];
  for (const node of waiting) {
    for (const next of edges.get(node) ?? []) {
      if (next === start) return pathTo(cameFrom, start, node);
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, node);
      waiting.push(next);
    }
  }
  return undefined;
}

function pathTo(cameFrom, start, last) {
  const path = [start];
  for (let node = last; node !== start; node = cameFrom.get(node)) path.unshift(node);
  return [start, ...path];
}

function reachable(edges, start) {
  const found = new Set();
  const waiting = [start];
  for (const node of waiting) {
    for (const next of edges.get(node) ?? []) {
      if (found.has(next)) continue;
      found.add(next);
      waiting.push(next);
    }
  }
  return found;
}
