import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rootDir } from '../../scripts/setup.mjs';
import { measure } from './measure.mjs';
import { sides } from './sides.mjs';
import { figure, tableLines } from './table.mjs';

const TOP = 20;

/**
 * Runs a case of ours once under V8's profiler and tells where the time went: the functions of each
 * thread by their own time, and what Redis did per task. The profiles stay, for a browser to open.
 */
export async function profileCase(bench, case_, count, { folder, log }) {
  const profileDir = join(folder, case_.name);
  rmSync(profileDir, { recursive: true, force: true });
  mkdirSync(profileDir, { recursive: true });
  await bench.redis.config('RESETSTAT');
  const figures = await measure({ ...bench, profileDir }, sides.ours, case_, count);
  log(`\n${case_.name}, profiled: ${JSON.stringify(figures)}`);
  const commands = commandLines(await bench.redis.info('commandstats'), count);
  for (const line of ['', ...commands]) log(line);
  for (const name of readdirSync(profileDir).sort()) {
    const path = join(profileDir, name);
    const lines = functionLines(JSON.parse(readFileSync(path, 'utf8')));
    for (const line of ['', relative(rootDir, path), ...lines]) log(line);
  }
}

/** @returns what Redis was asked for, by the time it took; what scripts call is in the script's time too. */
function commandLines(text, count) {
  const stats = [...text.matchAll(/cmdstat_(\S+):calls=(\d+),usec=(\d+)/g)]
    .map(([, command, calls, usec]) => ({ command, calls: Number(calls), usec: Number(usec) }))
    .sort((a, b) => b.usec - a.usec)
    .slice(0, TOP);
  const rows = stats.map(({ command, calls, usec }) => [
    command,
    figure(calls / count),
    figure(usec / count),
  ]);
  return tableLines([['Redis', 'calls per task', 'µs per task'], ...rows]);
}

/** @returns the functions of one profile that took the most time themselves. */
function functionLines({ nodes, samples, timeDeltas }) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const selfUs = new Map();
  for (const [i, id] of samples.entries()) {
    const place = placeOf(byId.get(id).callFrame);
    selfUs.set(place, (selfUs.get(place) ?? 0) + timeDeltas[i]);
  }
  const total = timeDeltas.reduce((sum, us) => sum + us, 0);
  const idle = selfUs.get('(idle)') ?? 0;
  selfUs.delete('(idle)');
  const rows = [...selfUs]
    .sort(([, a], [, b]) => b - a)
    .slice(0, TOP)
    .map(([place, us]) => [
      place,
      figure(us / 1000),
      `${((us / (total - idle)) * 100).toFixed(1)} %`,
    ]);
  const head = [`busy ${figure((total - idle) / 1000)} of ${figure(total / 1000)} ms`, 'ms', ''];
  return tableLines([head, ...rows]);
}

function placeOf({ functionName, url, lineNumber }) {
  const name = functionName || '(anonymous)';
  if (!url) return name;
  const file = url.startsWith('file:') ? relative(rootDir, fileURLToPath(url)) : url;
  return `${name}  ${file}:${lineNumber + 1}`;
}
