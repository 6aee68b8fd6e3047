import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startRedis } from './redis-server.mjs';
import { redisBinary } from './services.mjs';
import { ensureBuilt, ensureInstalled, rootDir } from './setup.mjs';
import { main, StepError, startGroup } from './steps.mjs';

const USAGE = `npm run fuzz [-- --seed N] [--runs N] [--from N] [--plant NAME] [--broker redis]
                [--patience SECONDS]

Gives changed messages to a worker and sees that it lives, goes on and loses nothing. What is
found is printed with its seed, its run, and the smallest message that shows it.
--from begins at another run than the first; --plant puts a bug in, to see that it is found:
drop, mute, lose, throw, hang, leak. The broker is in memory, or a Redis that is started
for it. A batch that does not move for longer than the patience hangs; 60 seconds unless told.`;

const usual = {
  ...{ seed: String(Date.now() % 1_000_000), from: '0', runs: '20000', broker: 'memory' },
  // other work of the machine may hold a batch up for long
  patience: '60',
};
/** Enough for all that is kept, and little enough that more is noticed. */
const HEAP_MB = 768;
/** A batch of a worker's; see test/fuzz/fuzzer.ts. */
const BATCH = 100;

await main(async () => {
  const options = readArgs();
  if (options.help) return console.log(USAGE);
  await ensureInstalled();
  await ensureBuilt();
  const startedAt = performance.now();
  const { seed, from, runs, plant, broker, patience } = options;
  const server = broker === 'redis' ? await startRedis({ binary: redisBinary() }) : undefined;
  const what = { seed, plant, patience, redis: server?.url };
  try {
    const seen = await run({ ...what, from: Number(from), runs: Number(runs) });
    if (seen.end !== 'exit code 0') {
      if (seen.end !== 'exit code 1') await narrow(seen, what);
      throw new StepError(`${seen.output}\nseed ${seed}: ${seen.end}`);
    }
  } finally {
    await server?.stop();
  }
  const seconds = (performance.now() - startedAt) / 1000;
  console.log(`${runs} runs with seed ${seed} in ${seconds.toFixed(1)} s: nothing found`);
});

function readArgs() {
  try {
    const text = { type: 'string' };
    const names = ['seed', 'from', 'runs', 'plant', 'broker', 'patience'];
    const options = Object.fromEntries(names.map((name) => [name, text]));
    const { values } = parseArgs({ options: { ...options, help: { type: 'boolean' } } });
    const given = { ...usual, ...values };
    if (!['memory', 'redis'].includes(given.broker)) {
      throw new Error(`--broker is memory or redis, not '${given.broker}'`);
    }
    return given;
  } catch (error) {
    throw new StepError(`${error.message}\n\n${USAGE}`);
  }
}

/** @returns how the process ended, what it said, and the first run of the batch that it was at. */
async function run({ seed, from, runs, plant, patience, redis }) {
  const child = startGroup(
    process.execPath,
    [
      ...['--expose-gc', `--max-old-space-size=${HEAP_MB}`],
      join(rootDir, 'test/support/typescript.mjs'),
      join(rootDir, 'test/fuzz/main.ts'),
      ...['--seed', String(seed), '--from', String(from), '--runs', String(runs)],
      ...['--patience', patience],
      ...(plant ? ['--plant', plant] : []),
      ...(redis ? ['--redis', redis] : []),
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let [output, at, rest] = ['', Number(from), ''];
  const read = (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      if (/^@\d+$/.test(line)) at = Number(line.slice(1));
      else output += `${line}\n`;
    }
  };
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', read);
  const end = await new Promise((resolve) => {
    child.once('close', (code, signal) =>
      resolve(signal ? `signal ${signal}` : `exit code ${code}`),
    );
  });
  return { end, at, output: (output + rest).trim() };
}

/** A process that was ended from outside cannot say which of its batch's messages it was: halves of it are tried. */
async function narrow({ at }, what) {
  let [first, count] = [at, BATCH];
  while (count > 1) {
    const half = Math.ceil(count / 2);
    const { end } = await run({ ...what, from: first, runs: half });
    if (end === 'exit code 0') [first, count] = [first + half, count - half];
    else count = half;
  }
  const { end } = await run({ ...what, from: first, runs: 1 });
  if (end === 'exit code 0') return console.error('no message of its batch does it again alone');
  console.error(`it is run ${first}: npm run fuzz -- --seed ${what.seed} --from ${first} --runs 1`);
}
