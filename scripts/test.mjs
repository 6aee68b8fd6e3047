import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { check } from './check.mjs';
import { installedRedis, pythonCelery, redisVersion } from './services.mjs';
import { ensureBuilt, ensureInstalled, rootDir } from './setup.mjs';
import { ending, endLeftovers, main, StepError, startGroup } from './steps.mjs';

/** The vitest projects that npm test runs after the check, which has run the unit tests. */
const PROJECTS = ['conformance', 'e2e', 'timed', 'interop', 'examples'];

/** `npm test`: all that CI runs. With arguments, only the tests that they (as vitest's own) select. */
async function test(filter) {
  const startedAt = performance.now();
  const isWhole = filter.length === 0;
  await ensureInstalled();
  await ensureBuilt();
  const redis = await installedRedis();
  const { version } = await pythonCelery();
  if (isWhole) await check();

  const selection = isWhole ? PROJECTS.flatMap((name) => ['--project', name]) : filter;
  const files = await filesByProject(selection);
  const empty = isWhole ? PROJECTS.filter((name) => !files.has(name)) : [];
  if (empty.length > 0) throw new StepError(`no tests found for ${empty.join(', ')}`);
  await runVitest(selection, { REDIS_BIN: redis, TMPDIR: ownTempFolder() });

  const seconds = Math.round((performance.now() - startedAt) / 1000);
  const ran = [...files].map(
    ([name, count]) => `${name} (${count} ${count === 1 ? 'file' : 'files'})`,
  );
  if (isWhole) ran.unshift('check');
  const servers = `redis-server ${await redisVersion(redis)} and Python's Celery ${version}`;
  console.log(`npm test passed in ${seconds} s: ${ran.join(', ')}; with ${servers}`);
}

/** How many test files of each project there are to run. */
async function filesByProject(selection) {
  // --json takes a word after it for a file to write to, so it comes last
  const args = ['list', '--filesOnly', ...selection, '--json'];
  const { stdout } = await promisify(execFile)(vitestPath(), args, { cwd: rootDir });
  const counts = new Map();
  for (const { projectName } of JSON.parse(stdout)) {
    counts.set(projectName, (counts.get(projectName) ?? 0) + 1);
  }
  return counts;
}

async function runVitest(selection, env) {
  const vitest = startGroup(vitestPath(), ['run', ...selection], {
    cwd: rootDir,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const end = await ending(vitest);
  const left = await endLeftovers(vitest);
  if (end !== 'exit code 0') throw new StepError(`tests failed (${end})`);
  if (left.length > 0) throw new StepError(`tests left running (ended now):\n${left.join('\n')}`);
}

/** One folder for all that tests leave behind when they are interrupted; it goes with this process. */
function ownTempFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'celeriac-tests-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function vitestPath() {
  return join(rootDir, 'node_modules/.bin/vitest');
}

await main(() => test(process.argv.slice(2)));
