import { readCorpus } from './corpus.ts';
import { cook, type Recipe, recipeOf } from './mutations.ts';
import { checkReaders } from './readers.ts';
import { MODES, type Problem, Rig, type RigOptions } from './rig.ts';

/** What to run. */
export interface FuzzOptions {
  readonly seed: number;
  /** Number of the first run. */
  readonly from: number;
  readonly runs: number;
  readonly rig: RigOptions;
  /** Called before each batch. */
  readonly onBatch: (run: number) => void;
}

/** A run that broke a promise, with as few changes as show it. */
export interface Finding {
  readonly seed: number;
  readonly run: number | undefined;
  readonly what: string;
  readonly payload: string | undefined;
  readonly changes: readonly string[];
}

const BATCH = 100;
/** A rig is given up after so many runs, so that what it keeps does not add up. */
const RIG_RUNS = 1_000;
/** How much the heap may grow over all of a long run, once it is warm. */
const HEAP_GROWTH_BYTES = 40_000_000;

/** Runs messages through a worker, batch by batch. @returns the first finding, if there is one */
export async function fuzz(options: FuzzOptions): Promise<Finding | undefined> {
  const { seed, from, runs, onBatch } = options;
  const corpus = readCorpus();
  const heap = new HeapWatch();
  for (let first = from; first < from + runs; first += RIG_RUNS) {
    const rig = await Rig.open(Math.floor(first / RIG_RUNS), options.rig);
    const end = Math.min(first + RIG_RUNS, from + runs);
    for (let at = first; at < end; at += BATCH) {
      onBatch(at);
      const numbers = Array.from({ length: Math.min(BATCH, end - at) }, (_, index) => at + index);
      const recipes = numbers.map((run) => recipeOf(seed, run, corpus.messages.length));
      const entries = recipes.map((recipe) => cook(recipe, corpus.messages));
      const problems = await attempt(() => rig.run(entries));
      const inReaders = numbers.flatMap((run) => checkReaders(seed, run, corpus));
      if (inReaders[0]) return { seed, ...inReaders[0] };
      if (problems.length > 0) {
        const mode = Math.floor(first / RIG_RUNS);
        return narrowed(
          { seed, mode, rig: options.rig, numbers, recipes, entries, bases: corpus.messages },
          problems,
        );
      }
    }
    await rig.close();
    const grown = heap.growth();
    if (grown > HEAP_GROWTH_BYTES) {
      const what = `the heap grew by ${Math.round(grown / 1e6)} MB`;
      return { seed, run: first, what, payload: undefined, changes: [] };
    }
  }
  return undefined;
}

/** What is left after each rig, against the most that was left after one of the first, which has them all warm. */
class HeapWatch {
  readonly #first: number[] = [];

  growth(): number {
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    if (this.#first.length < MODES.length) this.#first.push(heapUsed + external);
    return heapUsed + external - Math.max(...this.#first);
  }
}

interface Batch {
  readonly seed: number;
  readonly mode: number;
  readonly rig: RigOptions;
  readonly numbers: readonly number[];
  readonly recipes: readonly Recipe[];
  readonly entries: readonly string[];
  readonly bases: readonly string[];
}

/** Anything that nobody caught while it ran is a problem, too. */
async function attempt(run: () => Promise<readonly Problem[]>): Promise<readonly Problem[]> {
  const escaped: Problem[] = [];
  const note = (error: unknown) => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    escaped.push({ what: `an error that nobody caught: ${text}` });
  };
  process.on('uncaughtException', note);
  process.on('unhandledRejection', note);
  try {
    const problems = await run();
    await new Promise((resolve) => setImmediate(resolve));
    return [...escaped, ...problems];
  } catch (error) {
    note(error);
    return escaped;
  } finally {
    process.off('uncaughtException', note);
    process.off('unhandledRejection', note);
  }
}

/** Looks for the one message, and the fewest changes of it, that break the promise. */
async function narrowed(batch: Batch, problems: readonly Problem[]): Promise<Finding> {
  const { seed, numbers, recipes, entries, bases } = batch;
  const named = new Set(problems.map(({ payload }) => payload));
  const suspects = entries.map((payload, at) => ({ payload, at }));
  suspects.sort((a, b) => Number(named.has(b.payload)) - Number(named.has(a.payload)));
  for (const { at } of suspects) {
    const recipe = recipes[at] as Recipe;
    const found = await shrunk(batch, recipe, bases);
    if (!found) continue;
    const changes = found.recipe.changes.map(({ kind }) => kind);
    return {
      seed,
      run: numbers[at],
      what: found.what,
      payload: cook(found.recipe, bases),
      changes,
    };
  }
  const [{ what, payload } = { what: 'nothing', payload: undefined }] = problems;
  return { seed, run: numbers[0], what: `${what} (only in its batch)`, payload, changes: [] };
}

async function shrunk(batch: Batch, recipe: Recipe, bases: readonly string[]) {
  let what = await problemOf(batch, cook(recipe, bases));
  if (what === undefined) return undefined;
  let best = recipe;
  for (let at = 0; at < best.changes.length; ) {
    const less = { ...best, changes: best.changes.filter((_, index) => index !== at) };
    const still = await problemOf(batch, cook(less, bases));
    if (still === undefined) at++;
    else [best, what] = [less, still];
  }
  return { recipe: best, what };
}

async function problemOf(
  { mode, rig: options }: Batch,
  payload: string,
): Promise<string | undefined> {
  const rig = await Rig.open(mode, options);
  const [problem] = await attempt(() => rig.run([payload]));
  await attempt(async () => {
    await rig.close();
    return [];
  });
  return problem?.what;
}
