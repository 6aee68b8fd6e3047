import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, styleText } from 'node:util';
import { chapters, parseOutput, problemsOf } from './demo-chapters.mjs';
import { DemoWorker } from './demo-worker.mjs';
import { ensureBuilt, ensureInstalled, rootDir } from './setup.mjs';
import { ending, main, StepError, startGroup } from './steps.mjs';

const PROGRAM_MS = 20_000;
const usualRedis = process.env.REDIS_URL || 'redis://localhost:6379/0';
const USAGE = `npm run demo [-- --broker redis://host:port/db]

Runs the tutorial in examples/tutorial: one worker process, and each program as a client of its own.
Without --broker everything goes through one SQLite file in a temporary folder; 'redis' alone
means the Redis of REDIS_URL, else that of this machine.`;

await main(async () => {
  const { broker, help } = readArgs();
  if (help) return console.log(USAGE);
  await ensureInstalled();
  await ensureBuilt();
  if (broker) await checkBroker(broker);
  await demo(broker);
});

function readArgs() {
  try {
    const options = { broker: { type: 'string' }, help: { type: 'boolean', short: 'h' } };
    const { values } = parseArgs({ options });
    const { broker } = values;
    return { ...values, broker: broker === 'redis' ? usualRedis : broker };
  } catch (error) {
    throw new StepError(`${error.message}\n\n${USAGE}`);
  }
}

/** Throws at once, in one line, what every program would only say for itself. */
async function checkBroker(broker) {
  const { Celery } = await import(join(rootDir, 'dist/index.js'));
  // ours says where things are; that of the user does not count
  delete process.env.CELERY_BROKER_URL;
  const app = new Celery('demo', { broker, brokerConnectionTimeout: 1 });
  try {
    const { store } = await app.transport();
    await store.identity();
  } catch (error) {
    const reason = error.message.replace(/\n\s*-?\s*/g, ' ');
    throw new StepError(`${reason}; without --broker the demo needs no server`);
  } finally {
    await app.close();
  }
}

async function demo(broker) {
  const startedAt = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'celeriac-demo-'));
  // also when Ctrl-C ends it
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  // TMPDIR: what the loader caches goes with the folder
  const options = { cwd: folder, env: { ...environment(broker), TMPDIR: folder } };
  const isRedis = broker?.startsWith('redis') ?? false;
  heading('celeriac: the tutorial', isRedis ? 'on Redis' : 'on the embedded SQLite file');

  const worker = new DemoWorker(
    process.execPath,
    [
      join(rootDir, 'dist/cli/main.js'),
      '-A',
      tutorial('worker.ts'),
      'worker',
      '--loglevel',
      'info',
    ],
    options,
  );
  let failed;
  try {
    await worker.ready();
    note(`worker ready after ${secondsSince(startedAt)} s`);
    failed = await runChapters(worker, options);
    await worker.stop();
  } finally {
    await worker.kill();
  }
  console.log();
  note('worker stopped on SIGTERM with exit code 0; nothing is left running');
  summarize(failed, { isRedis, seconds: secondsSince(startedAt) });
}

/** Runs each program and prints what it printed. @returns the files of those that failed. */
async function runChapters(worker, options) {
  const failed = [];
  for (const chapter of chapters) {
    const startedAt = performance.now();
    const position = worker.position;
    const { output, end } = await runProgram(tutorial(chapter.file), options);
    const printed = parseOutput(output);
    const workerLines = [];
    const problems = end === 'exit code 0' ? [] : [`it ended with ${end}`];
    problems.push(...problemsOf(chapter, printed));
    for (const pattern of chapter.worker ?? []) {
      const line = await worker.line(pattern, position);
      if (line) workerLines.push(line);
      else problems.push(`the worker printed no line like ${pattern}`);
    }
    heading(chapter.file, `${chapter.title}, ${secondsSince(startedAt)} s`);
    printAligned(printed);
    for (const line of workerLines) console.log(`  ${paint('dim', 'worker │')} ${line}`);
    for (const problem of problems) console.log(`  ${paint('red', '✗')} ${problem}`);
    if (problems.length > 0) failed.push(chapter.file);
  }
  return failed;
}

/** A client in a process of its own, run as a reader of the tutorial would. */
async function runProgram(file, options) {
  const loader = join(rootDir, 'node_modules/jiti/lib/jiti-cli.mjs');
  const child = startGroup(process.execPath, [loader, file], {
    ...options,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  const patience = setTimeout(() => child.kill('SIGKILL'), PROGRAM_MS);
  const end = await ending(child);
  clearTimeout(patience);
  return { output, end };
}

/** The broker is switched by the environment alone; what ours says about Celery does not count. */
function environment(broker) {
  const kept = Object.entries(process.env).filter(([name]) => !/^(CELERY|CELERIAC)_/.test(name));
  const own = broker ? { CELERY_BROKER_URL: broker, CELERY_RESULT_BACKEND: broker } : {};
  return { ...Object.fromEntries(kept), ...own, NO_COLOR: '1' };
}

function summarize(failed, { isRedis, seconds }) {
  if (failed.length > 0) {
    const text = `${failed.join(', ')} did not do what the tutorial says`;
    throw new StepError(`${paint('red', '✗')} ${text} (${seconds} s)`);
  }
  const text = `${chapters.length} programs did what the tutorial says in ${seconds} s; total P&L 25`;
  console.log(`\n${paint('green', '✓')} ${text}`);
  if (isRedis) note('left in Redis: pos_1 to pos_5, and the results for a day');
  note(`read them in examples/tutorial, then start with README.md`);
}

function printAligned(printed) {
  const width = Math.max(...printed.map(({ call }) => call.length));
  for (const { call, value } of printed) console.log(`  ${call.padEnd(width)}  ${value}`);
}

function heading(title, text) {
  console.log(`\n${paint('bold', title)}  ${paint('dim', text)}`);
}

function note(text) {
  console.log(paint('dim', `  ${text}`));
}

function paint(style, text) {
  const isPlain = !process.stdout.isTTY || process.env.NO_COLOR;
  return isPlain ? text : styleText(style, text);
}

function secondsSince(startedAt) {
  return ((performance.now() - startedAt) / 1000).toFixed(1);
}

function tutorial(file) {
  return join(rootDir, 'examples/tutorial', file);
}
