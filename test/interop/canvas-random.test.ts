import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { kindOf, type Plan, plan } from '../../src/canvas/index.ts';
import type { ResultTuple, SignatureData } from '../../src/protocol/index.ts';
import {
  type About,
  comparable,
  type SentCanvas,
  shapeOfPlanned,
  turned,
} from '../support/canvas-differences.ts';
import { type Oracle, startOracle } from '../support/oracle.ts';
import {
  anyRecipe,
  anySending,
  built,
  joinsAlike,
  type Recipe,
  type Sending,
  sizeOf,
  written,
} from '../support/some-canvases.ts';
import { seed, shortest, some } from '../support/some-values.ts';

/** What Python sent for a canvas. */
interface Sent extends SentCanvas {
  readonly groups: readonly ResultTuple[];
  readonly result: ResultTuple | null;
  readonly canvas: SignatureData;
}

let ask: Oracle;

beforeAll(async () => {
  ask = await startOracle(new URL('../support/canvas-oracle.py', import.meta.url));
});

const COUNT = 500;

describe(`of ${COUNT} canvases with SEED=${seed}, Python's client and ours send the same`, () => {
  test('built by constructors and `|`', async () => {
    const recipes = some(anyRecipe.filter(joinsAlike), COUNT);
    const canvases = recipes.map((recipe) => ({ recipe, signature: built(recipe) }));

    await compare(canvases, ({ recipe }) => ({ recipe }));
  });

  test('built with an empty group at the end', async () => {
    const steps = some(anyRecipe.filter(isCall), 20).map((call): Recipe => {
      return { chain: [call, { group: [] }] };
    });
    const recipes = [...steps, ...steps.map((each): Recipe => ({ group: [each, each] }))];
    const canvases = recipes.map((recipe) => ({ recipe, signature: built(recipe) }));

    await compare(canvases, ({ recipe }) => ({ recipe }));
  });

  test('written as the JSON of a signature', async () => {
    const recipes = some(anyRecipe.filter(keepsArguments), COUNT);
    const canvases = recipes.map((recipe) => ({ recipe, signature: written(recipe) }));

    await compare(canvases, ({ signature }) => ({ json: signature }));
  });
});

interface Canvas {
  readonly recipe: Recipe;
  readonly signature: SignatureData;
}

async function compare(
  canvases: readonly Canvas[],
  told: (canvas: Canvas) => object,
): Promise<void> {
  const sendings = some(anySending, canvases.length);
  const items = canvases.map((canvas, index) => {
    return { ...canvas, ...sendingFor(canvas.signature, sendings[index] as Sending) };
  });
  const asked = items.map((item) => ({ ...told(item), args: item.args, options: item.options }));

  const answers = await ask<Sent>('sent', asked);

  const sizes = items.map(({ recipe }) => sizeOf(recipe));
  const tasks = sizes.reduce((sum, each) => sum + each, 0);
  console.log(
    `SEED=${seed}: ${items.length} canvases of ${tasks} tasks, the largest of ${Math.max(...sizes)}`,
  );
  const problems = items.flatMap((item, index) => {
    const answer = answers[index];
    const expected = answer?.ok ? inOneForm(answer.ok, 'celery') : answer?.error;
    const seen = inOneForm(sent(item.signature, item), 'us');
    const same = JSON.stringify(seen) === JSON.stringify(expected);
    return same
      ? []
      : [{ canvas: { ...told(item), args: item.args, options: item.options }, seen, expected }];
  });
  const worst = shortest(problems);
  expect(
    worst?.seen,
    `${problems.length} differ, such as ${JSON.stringify(worst?.canvas)}`,
  ).toEqual(worst?.expected);
}

/** Celery forgets the arguments of a call where a chain begins with a group: then none are given. */
function sendingFor(signature: SignatureData, { args, options }: Sending): Sending {
  return { args: hasGroupFirst(signature) ? [] : args, options };
}

function hasGroupFirst(signature: SignatureData): boolean {
  const { tasks = [], header = [], body = [] } = signature.kwargs as Inner;
  const [first] = kindOf(signature) === 'chain' ? tasks : [];
  if (first && kindOf(first) === 'group') return true;
  return [tasks, header, body].flat().some(hasGroupFirst);
}

/** The same with the empty list that the body of a chord without a header gets: such ones are left out. */
function keepsArguments(recipe: Recipe): boolean {
  return isKept(written(recipe));
}

function isKept(signature: SignatureData): boolean {
  const { tasks = [], header = [], body = [] } = signature.kwargs as Inner;
  const [whole] = [body].flat();
  const isLost = whole && header.length === 0 && hasGroupFirst(whole);
  return !isLost && [tasks, header, body].flat().every(isKept);
}

function isCall(recipe: Recipe): boolean {
  return 'call' in recipe;
}

type Inner = Readonly<Record<string, readonly SignatureData[]>>;

function sent(signature: SignatureData, { args, options }: Sending): Omit<Sent, 'canvas'> {
  const context = { newId: randomUUID, replyTo: randomUUID() };
  const planned: Plan = plan(turned(signature), context, { args, kwargs: {}, options });
  const { tasks, chords = [], groups = [], result } = planned;
  return {
    messages: tasks.map((task) => {
      const { queue = 'celery', priority = null } = task.options;
      return { ...shapeOfPlanned(task), queue, priority };
    }),
    sizes: Object.fromEntries(chords.map(({ groupId, size }) => [groupId, size])),
    groups,
    result,
  };
}

function inOneForm(
  { groups, result, ...canvas }: Omit<Sent, 'canvas'>,
  from: About['from'],
): unknown {
  const handles = [...groups, ...(result ? [result] : [])];
  return comparable({ ...canvas, handles }, { from, version: '5.6.2', isExact: false });
}
