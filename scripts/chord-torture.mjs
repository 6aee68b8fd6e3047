import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { startRedis } from './redis-server.mjs';
import { redisBinary } from './services.mjs';
import { ensureBuilt, ensureInstalled, rootDir } from './setup.mjs';
import { main, StepError, startGroup } from './steps.mjs';

const USAGE = `npm run torture [-- --seed N] [--chords N] [--width N] [--workers N] [--every MS] [--seconds N]

Sends chords to workers of which one is killed (SIGKILL) every few milliseconds, and begun anew.
Each chord must have one body, with the results of all its members in order. What the seed
decides is who is killed, and how long each member takes. The worker of the bodies is not
killed, so that each time that it runs one is a body that was sent.`;

const usual = {
  ...{ seed: String(Date.now() % 1_000_000), chords: '50', width: '200' },
  ...{ workers: '3', every: '200', seconds: '120' },
};
const WORKER = join(rootDir, 'test/fixtures/chord-worker.mjs');
const POLL_MS = 20;

function readArgs() {
  try {
    const names = Object.keys(usual).map((name) => [name, { type: 'string' }]);
    const { values } = parseArgs({
      options: { ...Object.fromEntries(names), help: { type: 'boolean' } },
    });
    const given = { ...usual, ...values };
    const numbers = Object.keys(usual).map((name) => [name, Number(given[name])]);
    const wrong = numbers.find(([, number]) => !Number.isSafeInteger(number) || number < 0);
    if (wrong) throw new Error(`--${wrong[0]} is a whole number, not '${given[wrong[0]]}'`);
    return { ...Object.fromEntries(numbers), help: given.help };
  } catch (error) {
    throw new StepError(`${error.message}\n\n${USAGE}`);
  }
}

/** Chords on their way, and workers that come and go meanwhile. */
class Torture {
  kills = 0;
  #url;
  #options;
  #random;
  /** Those of the members. */
  #workers = new Set();
  #bodies;
  #app;

  constructor(url, options) {
    this.#url = url;
    this.#options = options;
    this.#random = numbersOf(options.seed);
  }

  async run() {
    const { seconds, seed } = this.#options;
    this.#bodies = this.#start('bodies');
    for (let at = 0; at < this.#options.workers; at++) this.#workers.add(this.#start('parts'));
    // or one of them has done it all before another can be killed
    while (this.#ready().length < this.#workers.size) await sleep(POLL_MS);
    const results = await this.#send();
    let isOver = false;
    const killing = this.#killUntil(() => isOver);
    const problem = await Promise.race([
      Promise.all(results.map((result) => result.get())).then(() => undefined),
      sleep(seconds * 1_000, `after ${seconds} s not all bodies had run`, { ref: false }),
    ]).catch((error) => `a body has failed: ${error.message}`);
    isOver = true;
    await killing;
    const found = problem ?? (await this.#problem());
    if (found) throw new StepError(`seed ${seed}: ${found}`, this.#bodies.output());
  }

  async stop() {
    for (const worker of [...this.#workers, this.#bodies]) worker?.child.kill('SIGKILL');
    await this.#app?.close();
  }

  async #send() {
    const { Celery, chord } = await import(pathToFileURL(join(rootDir, 'dist/index.js')).href);
    this.#app = new Celery('torture', { broker: this.#url, backend: this.#url });
    const { chords, width } = this.#options;
    const results = [];
    for (let number = 0; number < chords; number++) {
      const header = Array.from({ length: width }, (_, at) =>
        this.#signature('part', [number, at, this.#random() < 0.2 ? 4 : 0]),
      );
      const body = this.#signature('body', [number, width]);
      results.push(await chord(header, body).delay());
    }
    return results;
  }

  #signature(name, args) {
    const queue = name === 'body' ? 'bodies' : 'parts';
    return this.#app.signature(`torture.${name}`, args, { queue });
  }

  #ready() {
    return [...this.#workers].filter((worker) => worker.lines().includes('ready'));
  }

  /** Only a worker that has begun is killed, and not the last one: to begin takes longer than to be killed. */
  async #killUntil(isOver) {
    while (!isOver()) {
      await sleep(this.#options.every);
      const ready = this.#ready();
      const victim = ready[Math.floor(this.#random() * ready.length)];
      if (!victim || ready.length < 2 || isOver()) continue;
      process.kill(victim.child.pid, 'SIGKILL');
      this.kills += 1;
      this.#workers.delete(victim);
      this.#workers.add(this.#start('parts'));
    }
  }

  /** What is not as it was promised, once all results are there and no worker dies any more. */
  async #problem() {
    const transport = await this.#app.transport();
    while ((await transport.size('bodies')) + (await transport.size('parts')) > 0) {
      await sleep(POLL_MS);
    }
    // what was sent before it has run then: there is one slot, and one queue
    const marker = await this.#app.sendTask('torture.body', [[], -1, 0], { queue: 'bodies' });
    await marker.get({ timeout: 30 });
    const bodies = this.#bodies.lines().filter((line) => /^body \d/.test(line));
    const broken = bodies.find((line) => !line.endsWith(' whole'));
    if (broken) return `a body has not all results in order: ${broken.slice(0, 500)}`;
    const { chords } = this.#options;
    const known = new Set(bodies);
    if (bodies.length === chords && known.size === chords) return undefined;
    return `${chords} chords had ${bodies.length} bodies, of ${known.size} of them`;
  }

  #start(queue) {
    const stdio = ['ignore', 'pipe', 'inherit'];
    const child = startGroup(process.execPath, [WORKER, this.#url, queue], { stdio });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (more) => {
      text += more;
    });
    return { child, output: () => text, lines: () => text.split('\n').slice(0, -1) };
  }
}

/** Numbers in [0, 1) that follow from a seed. Source: Tommy Ettinger's mulberry32. */
function numbersOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

await main(async () => {
  const options = readArgs();
  if (options.help) return console.log(USAGE);
  await ensureInstalled();
  await ensureBuilt();
  const startedAt = performance.now();
  const redis = await startRedis({ binary: redisBinary() });
  const torture = new Torture(redis.url, options);
  try {
    await torture.run();
  } finally {
    await torture.stop();
    await redis.stop();
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const { chords, width, seed } = options;
  const what = `${chords} chords of ${width} with seed ${seed}`;
  console.log(
    `${what}: a body each, whole and in order; ${torture.kills} workers killed; ${seconds} s`,
  );
});
