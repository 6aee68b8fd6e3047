import { TASKS } from './corpus.ts';
import { type Draft, draftOf, written } from './draft.ts';
import { Random } from './random.ts';
import { mutateBytes, mutateText, mutateTokens } from './texts.ts';
import { mutateTree, oddValue, write } from './values.ts';

/** How one message is made: from which entry, and what is changed in it. Any part of it can be left out. */
export interface Recipe {
  readonly base: number;
  readonly changes: readonly Change[];
}

/** One change; all that is random in it follows from its seed. */
export interface Change {
  readonly kind: Kind;
  readonly seed: number;
}

type Tree = Record<string, unknown>;
type Apply = (draft: Draft, random: Random, donor: string) => void;

const HEADERS = [
  ...['task', 'id', 'eta', 'expires', 'group', 'group_index', 'retries', 'timelimit', 'root_id'],
  ...['parent_id', 'argsrepr', 'kwargsrepr', 'origin', 'ignore_result', 'replaced_task_nesting'],
  ...['stamped_headers', 'stamps', 'compression', 'lang', 'shadow', 'redelivered', 'stamp'],
  ...['x-celeriac-deliveries', 'x-celeriac-unknown-since', '__proto__', 'constructor', 'own'],
] as const;

const PROPERTIES = [
  ...['correlation_id', 'reply_to', 'priority', 'delivery_mode', 'delivery_info', 'delivery_tag'],
  ...['body_encoding', 'expiration', 'app_id', 'user_id', '__proto__'],
] as const;

const TYPES = [
  ...['application/json', 'application/x-yaml', 'application/x-msgpack', 'application/data'],
  ...['application/x-python-serialize', 'text/plain', 'APPLICATION/JSON', '', null, 5],
];

const ENCODINGS = ['utf-8', 'UTF-8', 'binary', 'us-ascii', 'utf-16', 'latin1', '', null, 7];

const TIMES = [
  ...['2026-01-01T00:00:00', '2026-01-01T00:00:00.5+00:00', '2026-01-01T00:00:30Z', '2099-01-01'],
  ...['1999-01-01T00:00:00+00:00', '2026-01-01T00:00:00-12:00', '2026-13-01T00:00:00', 'tomorrow'],
];

const kinds = {
  content(draft, random, donor) {
    if (draft.content === undefined) return void kinds.plain(draft, random, donor);
    const holder = { it: draft.content };
    mutateTree(holder, random, draftOf(donor)?.content);
    draft.content = holder.it;
  },
  part(draft, random) {
    const { content } = draft;
    if (!Array.isArray(content)) return;
    const at = random.below(3);
    if (random.chance(0.2)) content.length = random.below(4);
    else content[at] = oddValue(random);
  },
  follow(draft, random) {
    const { content } = draft;
    const embed: unknown = Array.isArray(content) ? content[2] : undefined;
    if (typeof embed !== 'object' || embed === null) return;
    const step = {
      task: random.pick(TASKS),
      args: [1],
      kwargs: {},
      options: {},
      subtask_type: null,
      immutable: false,
    };
    const odd = random.chance(0.5)
      ? step
      : { ...step, [random.pick(Object.keys(step))]: oddValue(random) };
    const name = random.pick(['callbacks', 'errbacks', 'chain', 'chord', 'other']);
    (embed as Tree)[name] = random.pick([[odd], odd, [odd, step, odd], [[odd]], oddValue(random)]);
  },
  plain(draft, random, donor) {
    const seed = random.fork();
    draft.plain.push((bytes) => mutateBytes(bytes, new Random(seed), donor));
  },
  packed(draft, random, donor) {
    const seed = random.fork();
    draft.packed.push((bytes) => mutateBytes(bytes, new Random(seed), donor));
  },
  bomb(draft, random) {
    const { envelope } = draft;
    const headers = envelope['headers'];
    if (typeof headers !== 'object' || headers === null) return;
    (headers as Tree)['compression'] = random.pick(['application/x-gzip', 'application/x-brotli']);
    draft.plain.push((bytes) => bytes + ' '.repeat(random.pick([10, 2_000_000])));
  },
  compression(draft, random) {
    const headers = draft.envelope['headers'];
    if (typeof headers !== 'object' || headers === null) return;
    const names = [
      'gzip',
      'zlib',
      'brotli',
      'application/x-bz2',
      'xz',
      'zstd',
      'none',
      'nope',
      '__proto__',
    ];
    (headers as Tree)['compression'] = random.chance(0.8) ? random.pick(names) : oddValue(random);
  },
  header(draft, random) {
    const headers = draft.envelope['headers'];
    if (typeof headers !== 'object' || headers === null) return;
    const name = random.pick(HEADERS);
    if (random.chance(0.15)) delete (headers as Tree)[name];
    else set(headers as Tree, name, random.chance(0.2) ? random.pick(TIMES) : oddValue(random));
  },
  time(draft, random) {
    const headers = draft.envelope['headers'];
    if (typeof headers !== 'object' || headers === null) return;
    (headers as Tree)[random.pick(['eta', 'expires'])] = random.pick(TIMES);
  },
  task(draft, random) {
    const headers = draft.envelope['headers'];
    if (typeof headers !== 'object' || headers === null) return;
    (headers as Tree)['task'] = random.pick(TASKS);
  },
  property(draft, random) {
    const properties = draft.envelope['properties'];
    if (typeof properties !== 'object' || properties === null) return;
    const name = random.pick(PROPERTIES);
    if (random.chance(0.2)) delete (properties as Tree)[name];
    else if (name === 'body_encoding')
      set(properties as Tree, name, random.pick(['utf-8', 'base64', 'hex', null, 1]));
    else set(properties as Tree, name, oddValue(random));
  },
  type(draft, random) {
    draft.envelope['content-type'] = random.pick(TYPES);
  },
  encoding(draft, random) {
    draft.envelope['content-encoding'] = random.pick(ENCODINGS);
  },
  envelope(draft, random, donor) {
    mutateTree(draft.envelope, random, draftOf(donor)?.envelope);
  },
  body(draft, random) {
    // written over the body, whatever it was
    const value = write(oddValue(random));
    draft.text.push((text) => text.replace(/"body": ?"[^"]*"/, () => `"body": ${value}`));
  },
  splice(draft, random, donor) {
    const other = draftOf(donor);
    if (!other) return;
    const name = random.pick(['headers', 'properties', 'content-type', 'content-encoding']);
    draft.envelope[name] = other.envelope[name];
    if (random.chance(0.5)) draft.content = other.content;
  },
  tokens(draft, random) {
    const seed = random.fork();
    const value = write(oddValue(random));
    draft.text.push((text) => mutateTokens(text, new Random(seed), value));
  },
  text(draft, random, donor) {
    const seed = random.fork();
    draft.text.push((text) => mutateText(text, new Random(seed), donor));
  },
} satisfies Record<string, Apply>;

/** A way to change a message. */
export type Kind = keyof typeof kinds;
const kindNames = Object.keys(kinds) as Kind[];

function set(tree: Tree, name: string, value: unknown): void {
  Object.defineProperty(tree, name, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

/** What run number `run` does. */
export function recipeOf(seed: number, run: number, bases: number): Recipe {
  const random = new Random(Math.imul(seed, 0x9e3779b1) ^ Math.imul(run + 1, 0x85ebca6b));
  const base = random.below(bases);
  const count = random.pick([0, 1, 1, 1, 1, 2, 2, 3, 5]);
  const changes = Array.from({ length: count }, () => ({
    ...{ kind: random.pick(kindNames), seed: random.fork() },
  }));
  return { base, changes };
}

/** The entry that a recipe comes to. */
export function cook({ base, changes }: Recipe, bases: readonly string[]): string {
  const entry = bases[base] as string;
  const draft = draftOf(entry);
  if (!draft) return entry;
  for (const { kind, seed } of changes) {
    const random = new Random(seed);
    kinds[kind](draft, random, random.pick(bases));
  }
  return written(draft);
}
