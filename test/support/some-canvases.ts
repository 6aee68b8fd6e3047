import fc from 'fast-check';
import {
  chainOf,
  chordOf,
  groupOf,
  joined,
  joinedAll,
  kindOf,
  prepared,
} from '../../src/canvas/index.ts';
import type { SignatureData } from '../../src/protocol/index.ts';

/** One task to call. */
interface Call {
  readonly task: string;
  readonly args: readonly unknown[];
  readonly options: SignatureData['options'];
  readonly immutable: boolean;
}

/** How a canvas is built: by the constructors and `|`, the same in both languages. */
export type Recipe =
  | { readonly call: Call }
  | { readonly chain: readonly Recipe[] }
  | { readonly group: readonly Recipe[] }
  | { readonly chord: readonly [header: readonly Recipe[], body: Recipe] }
  | { readonly or: readonly [Recipe, Recipe] };

/** What is added when a canvas is sent. */
export interface Sending {
  readonly args: readonly unknown[];
  readonly options: SignatureData['options'];
}

function callOf({ task, args, options, immutable }: Call): SignatureData {
  return { task, args, kwargs: {}, options, subtask_type: null, immutable };
}

const name = fc.constantFrom('tasks.add', 'tasks.mul', 'tasks.xsum', 'tasks.ident');
const args = fc.array(fc.nat(9), { maxLength: 2 });
const linked = fc.array(
  fc
    .record({ task: name, args, options: fc.constant({}), immutable: fc.boolean() })
    .map((call) => callOf(call)),
  { minLength: 1, maxLength: 2 },
);
const options = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  fc.record(
    {
      priority: fc.nat(9),
      queue: fc.constantFrom('a', 'b'),
      countdown: fc.nat(9),
      link: linked,
      link_error: linked,
      time_limit: fc.nat(9).map((each) => each + 1),
    },
    { requiredKeys: [], noNullPrototype: true },
  ),
);
const call: fc.Arbitrary<Recipe> = fc
  .record({ task: name, args, options, immutable: fc.boolean() })
  .map((told) => ({ call: told }));

const { node } = fc.letrec<{ node: Recipe }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, depthSize: 'medium', withCrossShrink: true },
    { weight: 4, arbitrary: call },
    {
      weight: 2,
      arbitrary: fc
        .array(tie('node'), { minLength: 1, maxLength: 3 })
        .map((chain): Recipe => ({ chain })),
    },
    {
      weight: 2,
      arbitrary: fc
        .array(tie('node'), { minLength: 1, maxLength: 3 })
        .map((group): Recipe => ({ group })),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.array(tie('node'), { maxLength: 3 }), tie('node'))
        .map((chord): Recipe => ({ chord })),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(tie('node'), tie('node')).map((or): Recipe => ({ or })),
    },
  ),
}));

/** Canvases of every shape, nested up to four deep. */
export const anyRecipe: fc.Arbitrary<Recipe> = node;

/** What may be added to any of them. */
export const anySending: fc.Arbitrary<Sending> = fc.record({
  args: fc.oneof(fc.constant([]), args),
  options: fc.oneof(
    fc.constant({}),
    fc.record(
      { priority: fc.nat(9), queue: fc.constantFrom('a', 'b'), task_id: fc.constant('own-id') },
      { requiredKeys: [], noNullPrototype: true },
    ),
  ),
});

/** The signature of a recipe, built as `chain()`, `group()`, `chord()` and `|` do. */
export function built(recipe: Recipe): SignatureData {
  if ('call' in recipe) return callOf(recipe.call);
  if ('or' in recipe) return joined(built(recipe.or[0]), built(recipe.or[1]));
  if ('chain' in recipe) return joinedAll(chainOf([]), recipe.chain.map(built));
  if ('group' in recipe) return groupOf(recipe.group.map(built));
  const [header, body] = recipe.chord;
  return chordOf(header.map(built), built(body));
}

/**
 * The signature of a recipe as somebody may write it by hand: nothing is joined, so that sending has to. Chains that
 * are sent later are as they are run: Celery leaves them as they are until then, and we do not.
 */
export function written(recipe: Recipe): SignatureData {
  const steps = stepsOf(recipe);
  if (steps) return chainOf(steps.map((step) => (stepsOf(step) ? written(step) : inside(step))));
  return inside(recipe);
}

function inside(recipe: Recipe): SignatureData {
  const steps = stepsOf(recipe);
  if (steps) return chainOf(prepared(chainOf(steps.map(inside))));
  if ('group' in recipe) return groupOf(recipe.group.map(inside));
  if ('chord' in recipe) return chordOf(recipe.chord[0].map(inside), inside(recipe.chord[1]));
  return built(recipe);
}

function stepsOf(recipe: Recipe): readonly Recipe[] | undefined {
  if ('chain' in recipe) return recipe.chain;
  return 'or' in recipe ? recipe.or : undefined;
}

/** How many tasks there are in a recipe. */
export function sizeOf(recipe: Recipe): number {
  if ('call' in recipe) return 1;
  const inner = Object.values(recipe).flat(2) as readonly Recipe[];
  return inner.reduce((sum, each) => sum + sizeOf(each), 0);
}

/**
 * Whether Celery 5.2 builds the same as 5.6 and we do. It joins otherwise what follows a chord, or a group after a
 * chord, at the end of a chain: there it makes one more step, and 5.6 goes on in the body. Those rules are in the
 * tests of `src/canvas/upgrade.ts`.
 */
export function joinsAlike(recipe: Recipe): boolean {
  if ('call' in recipe) return true;
  if ('or' in recipe) return recipe.or.every(joinsAlike) && allAlike([...recipe.or]);
  if ('chain' in recipe) return recipe.chain.every(joinsAlike) && allAlike([null, ...recipe.chain]);
  if ('group' in recipe) return recipe.group.every(joinsAlike);
  const [header, body] = recipe.chord;
  return header.every(joinsAlike) && joinsAlike(body);
}

function allAlike(recipes: readonly (Recipe | null)[]): boolean {
  const [first, ...others] = recipes.map((each) => (each ? built(each) : chainOf([])));
  let left = first ?? chainOf([]);
  for (const right of others) {
    if (!joinAlike(left, right)) return false;
    left = joined(left, right);
  }
  return true;
}

function joinAlike(left: SignatureData, right: SignatureData): boolean {
  const isSingle = kindOf(right) === 'group' && membersOf(right).length === 1;
  // of a chain in a group of one Celery makes a chain in a chain
  const isNested = isSingle && membersOf(right).some((member) => kindOf(member) === 'chain');
  switch (kindOf(left)) {
    case 'group':
      return true;
    case 'task':
      return !isNested;
    case 'chord':
      return !isSingle && goesOnAlike(left, right);
    case 'chain': {
      // 5.6 joins the steps of a chain one by one
      const steps = kindOf(right) === 'chain' ? membersOf(right) : [];
      if (steps.slice(0, -1).some((step) => kindOf(step) !== 'task')) return false;
      const kinds = membersOf(left).map(kindOf);
      const last = kinds.at(-1);
      // 5.2 takes what is in a group of one, or what is in a chain, as it is
      if (last === undefined) return !isSingle;
      if (last === 'chord')
        return kindOf(right) === 'task' && goesOnAlike(membersOf(left).at(-1), right);
      if (last === 'task') return !isNested;
      return kindOf(right) !== 'chain' && !isSingle && kinds.at(-2) !== 'chord';
    }
  }
}

/** What goes on in the body of a chord is joined there. */
function goesOnAlike(chord: SignatureData | undefined, right: SignatureData): boolean {
  const { body } = chord?.kwargs as { readonly body: SignatureData };
  return kindOf(right) === 'group' || kindOf(right) === 'chain' || joinAlike(body, right);
}

function membersOf({ kwargs: { tasks } }: SignatureData): readonly SignatureData[] {
  return tasks as readonly SignatureData[];
}
