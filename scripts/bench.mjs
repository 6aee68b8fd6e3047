import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { cases } from '../bench/lib/cases.mjs';
import { profileCase } from '../bench/lib/profile.mjs';
import { promises } from '../bench/lib/promises.mjs';
import { comparisonLines, cpuLines, promiseLines } from '../bench/lib/report.mjs';
import { runCases, runPromises } from '../bench/lib/rounds.mjs';
import { sides } from '../bench/lib/sides.mjs';
import { startRedis } from './redis-server.mjs';
import { installedRedis, pythonCelery, redisVersion } from './services.mjs';
import { ensureBuilt, ensureInstalled, rootDir } from './setup.mjs';
import { main, runStep, StepError } from './steps.mjs';

const benchDir = join(rootDir, 'bench');
const titles = { ours: sides.ours.title, theirs: sides.theirs.title };
const USAGE = `npm run bench [-- [--quick] [--rounds N] [--tasks N] [--out FILE] [--profile] [case ...]]

  --quick      a tenth of the tasks, one round: shows that all works, judges nothing
  --rounds N   how often everything is measured; medians count (3)
  --tasks N    how many tasks each case has, in place of its own number
  --out FILE   where the results go (bench/results.json)
  --profile    measures nothing; tells which functions and Redis commands take our time
  case         ${cases.map(({ name }) => name).join(', ')},
               canvas (all workflows), promises; all of them if none is named`;

/** `npm run bench`: our figures beside BullMQ's, and what we promise beside what is. */
async function bench() {
  const plan = planOf(process.argv.slice(2));
  if (plan.isHelp) return console.log(USAGE);
  await ensureInstalled();
  await ensureBuilt();
  await ensurePeers();
  const isBesideCelery = !plan.isQuick && plan.cases.some(({ kind }) => kind === 'canvas');
  const celery = isBesideCelery ? (await pythonCelery()).version : undefined;
  const binary = await installedRedis();
  const folder = mkdtempSync(join(tmpdir(), 'celeriac-bench-'));
  const server = await startRedis({ binary });
  const cleanUp = () => {
    process.kill(server.pid, 'SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  // interrupted, a script gets no further than this
  process.once('exit', cleanUp);
  try {
    await runAll(
      { url: server.url, folder },
      { ...plan, facts: { ...(await factsOf(binary)), celery } },
    );
  } finally {
    process.off('exit', cleanUp);
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runAll({ url, folder }, plan) {
  // there only once the dependencies are installed
  const { Redis } = await import('ioredis');
  const redis = new Redis(url);
  const place = { redis, url, folder };
  const log = (line) => console.log(line);
  try {
    if (plan.isProfile) return await profileAll(place, plan, log);
    const compared = await runCases(place, plan.cases, { ...plan, log });
    const promised = plan.hasPromises ? await runPromises(place, promises, { ...plan, log }) : [];
    print(plan, compared, promised);
    write(plan, compared, promised);
    judge(plan, [...compared, ...promised]);
  } finally {
    redis.disconnect();
  }
}

async function profileAll(place, plan, log) {
  const folder = join(benchDir, 'profiles');
  for (const case_ of plan.cases) {
    await profileCase(place, case_, plan.countOf(case_), { folder, log });
  }
}

function planOf(args) {
  const { values, positionals } = parsed(args);
  const known = cases.map(({ name }) => name);
  const groups = ['promises', 'canvas'];
  const unknown = positionals.find((name) => !groups.includes(name) && !known.includes(name));
  if (unknown !== undefined) throw new StepError(`no case is named '${unknown}'\n\n${USAGE}`);
  const isChosen = (name, kind) =>
    positionals.length === 0 || positionals.includes(name) || positionals.includes(kind);
  const tasks = values.tasks === undefined ? undefined : positive('--tasks', values.tasks);
  return {
    isHelp: values.help,
    isQuick: values.quick,
    isProfile: values.profile,
    rounds:
      values.rounds === undefined ? (values.quick ? 1 : 3) : positive('--rounds', values.rounds),
    out: values.out ? resolve(values.out) : join(benchDir, 'results.json'),
    cases: cases.filter(({ name, kind }) => isChosen(name, kind === 'canvas' ? kind : undefined)),
    hasPromises: isChosen('promises'),
    countOf: (case_) => tasks ?? (values.quick ? case_.quickTasks : case_.tasks),
  };
}

function parsed(args) {
  const options = {
    quick: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    tasks: { type: 'string' },
    out: { type: 'string' },
    profile: { type: 'boolean', default: false },
  };
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw new StepError(`${error.message}\n\n${USAGE}`);
  }
}

function positive(name, text) {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new StepError(`${name} must be a whole number from 1, got '${text}'`);
}

/** Installs those we are measured against into a folder of their own, at first use. */
async function ensurePeers() {
  const { dependencies } = readJson(join(benchDir, 'package.json'));
  const isInstalled = Object.entries(dependencies).every(
    ([name, version]) => installedVersion(name) === version,
  );
  if (isInstalled) return;
  const args = ['install', '--no-package-lock', '--omit=dev', '--no-audit', '--no-fund'];
  await runStep('npm install in bench', 'npm', args, { cwd: benchDir });
}

function installedVersion(name) {
  try {
    return readJson(join(benchDir, 'node_modules', name, 'package.json')).version;
  } catch {
    return undefined;
  }
}

async function factsOf(binary) {
  return {
    celeriac: readJson(join(rootDir, 'package.json')).version,
    bullmq: installedVersion('bullmq'),
    redis: await redisVersion(binary),
    node: process.versions.node,
    commit: await commit(),
    cores: availableParallelism(),
    cpu: cpus()[0]?.model ?? 'unknown',
  };
}

async function commit() {
  const git = promisify(execFile)('git', ['rev-parse', '--short', 'HEAD'], { cwd: rootDir });
  return git.then(
    ({ stdout }) => stdout.trim(),
    () => 'unknown',
  );
}

function print({ facts, rounds, isQuick }, compared, promised) {
  const { celeriac, bullmq, celery, redis, node, cores, cpu } = facts;
  const python = celery ? ` and Python's Celery ${celery}` : '';
  console.log(`\nceleriac ${celeriac} beside BullMQ ${bullmq}${python}`);
  console.log(`Redis ${redis}, Node ${node}, ${cores} cores (${cpu})`);
  const times = rounds === 1 ? 'one round' : `${rounds} rounds: median (lowest–highest)`;
  console.log(`${times}; every execution counted, every result checked\n`);
  const tables = [
    compared.length > 0 ? comparisonLines(compared, titles) : [],
    cpuLines(compared),
    promised.length > 0 ? promiseLines(promised) : [],
  ];
  for (const lines of tables) if (lines.length > 0) console.log(`${lines.join('\n')}\n`);
  if (isQuick) console.log('a quick look: too short to judge by\n');
}

function write({ facts, rounds, isQuick, out }, compared, promised) {
  const at = new Date().toISOString();
  const text = JSON.stringify({ at, ...facts, rounds, isQuick, compared, promised }, null, 2);
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, `${text}\n`);
  console.log(`written to ${out}`);
}

/** Ends with 1 if a count is wrong or, unless this was a quick look, a bound is missed. */
function judge({ isQuick }, results) {
  const failed = results.filter(({ error }) => error);
  const missed = results.filter(({ error, isMet }) => !error && !isMet);
  for (const { title, error } of failed) console.error(`FAIL ${title}: ${error}`);
  if (!isQuick) for (const { title } of missed) console.error(`MISS ${title}`);
  if (failed.length > 0 || (missed.length > 0 && !isQuick)) process.exitCode = 1;
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

await main(bench);
