import type { Mapping, Shape, Step } from './shapes.ts';

/** What becomes of a task or a shape: its result, or whose error it has. */
export type Fate = { readonly value: unknown } | Failed;

interface Failed {
  readonly error: 'its own' | 'ChordError';
  /** The tasks that an errback of the whole is called for. */
  readonly called: readonly string[];
}

/** What a shape comes to, and what becomes of each of its tasks, by their ids. Those that never run, or whose results are ignored, are not in it. */
export interface Played {
  readonly whole: Fate;
  readonly tasks: ReadonlyMap<string, Fate>;
}

/** Plays a shape without workers, as the pages about canvas promise. A task `fail` fails. */
export function played(shape: Shape): Played {
  const tasks = new Map<string, Fate>();
  return { whole: new Player(tasks).play(shape, []), tasks };
}

type Given = readonly unknown[];

class Player {
  readonly #tasks: Map<string, Fate>;

  constructor(tasks: Map<string, Fate>) {
    this.#tasks = tasks;
  }

  play(shape: Shape, given: Given): Fate {
    if ('chain' in shape) return this.#chain(shape.chain.flatMap(unnested), given);
    if ('group' in shape) return this.#group(shape.group, given);
    if ('chord' in shape) return this.#chord(shape.chord, shape.body, given);
    if ('of' in shape) return this.#linked(shape, given);
    if ('each' in shape) return this.#mapping(shape);
    if (isFailing(shape)) return this.#noted(shape, failure(endsOf(shape)));
    const args = shape.immutable ? shape.args : [...given, ...shape.args];
    const fate = { value: resultOf(shape, args) };
    return shape.isIgnored ? fate : this.#noted(shape, fate);
  }

  #noted({ id }: Step, fate: Fate): Fate {
    if (id) this.#tasks.set(id, fate);
    return fate;
  }

  /** What follows a group or a chord is its body, or goes on there. */
  #chain(steps: readonly Shape[], given: Given): Fate {
    const [first, ...rest] = steps;
    if (!first) return { value: given[0] ?? null };
    if ('group' in first && first.group.length === 1) {
      return this.#chain([...first.group, ...rest].flatMap(unnested), given);
    }
    if (rest.length === 0) return this.play(first, given);
    if (isGroup(first)) return this.#chord([first], { chain: rest }, given);
    if ('chord' in first) return this.#chord(first.chord, { chain: [first.body, ...rest] }, given);
    const fate = this.play(first, given);
    if ('value' in fate) return this.#chain(rest, [fate.value]);
    for (const step of rest) this.#undo(step, fate);
    return fate;
  }

  #group(members: readonly Shape[], given: Given): Fate {
    const fates = members
      .flatMap(spreadOut)
      .map((each) => ({ each, fate: this.play(each, given) }));
    const [failed] = fates.flatMap(({ fate }) => ('error' in fate ? [fate] : []));
    if (failed) return failed;
    const values = fates.flatMap(({ each, fate }) => {
      const value = 'value' in fate ? fate.value : null;
      return isGroup(each) ? (value as unknown[]) : [value];
    });
    return { value: values };
  }

  #chord(header: readonly Shape[], body: Shape, given: Given): Fate {
    const fate = this.#group(header, given);
    if ('value' in fate) return this.play(body, [fate.value]);
    // as in Celery 5.6, members of a group have the error of the part itself
    const error = isGroup(body) ? fate.error : 'ChordError';
    const failed: Failed = { error, called: endsOf(body) };
    this.#undo(body, failed);
    return failed;
  }

  /** Those of chunks are messages without ids of ours. */
  #mapping(shape: Mapping): Fate {
    const { each, by } = shape;
    const fate = isFailing(each) ? failure(endsOf(shape)) : { value: ofEach(shape) };
    return by === 'chunks' ? fate : this.#noted(each, fate);
  }

  #linked({ of, link }: { of: Shape; link: Shape }, given: Given): Fate {
    const fate = this.play(of, given);
    if ('value' in fate) this.play(link, 'group' in of ? [] : [fate.value]);
    return fate;
  }

  /** Its tasks never run, and have the error that is the reason. */
  #undo(shape: Shape, fate: Fate): void {
    if ('task' in shape) this.#noted(shape, fate);
    if ('each' in shape && shape.by !== 'chunks') this.#noted(shape.each, fate);
    if ('of' in shape) this.#undo(shape.of, fate);
    const inside = 'chain' in shape ? shape.chain : 'group' in shape ? shape.group : [];
    const parts = 'chord' in shape ? [...shape.chord, shape.body] : inside;
    for (const part of parts) this.#undo(part, fate);
  }
}

const isGroup = (shape: Shape) => 'group' in shape || ('each' in shape && shape.by === 'chunks');
const isFailing = ({ task }: Step) => /(^|\.)fail$/.test(task);

const failure = (called: readonly string[]): Failed => ({ error: 'its own', called });

/** The tasks whose results are those of the whole. A message of chunks has no id that is known. */
function endsOf(shape: Shape): readonly string[] {
  if ('chain' in shape) return shape.chain.slice(-1).flatMap(endsOf);
  if ('group' in shape) return shape.group.flatMap(endsOf);
  if ('chord' in shape) return endsOf(shape.body);
  if ('of' in shape) return endsOf(shape.of);
  if ('task' in shape) return [shape.id ?? ''];
  const { each, by, items, size = 1 } = shape;
  if (by !== 'chunks') return [each.id ?? ''];
  return Array.from({ length: Math.ceil(items.length / size) }, () => '');
}

function unnested(shape: Shape): readonly Shape[] {
  return 'chain' in shape ? shape.chain.flatMap(unnested) : [shape];
}

function spreadOut(shape: Shape): readonly Shape[] {
  return 'group' in shape ? shape.group.flatMap(spreadOut) : [shape];
}

type Nested = number | null | readonly Nested[];

/** The sum of whatever numbers there are, at any depth. */
export function sumOf(value: unknown): number {
  const nested = value as Nested;
  if (typeof nested === 'number') return nested;
  return (nested ?? []).reduce<number>((sum, each) => sum + sumOf(each), 0);
}

/** What the tasks of `fixtures/crossing` return. */
function resultOf({ task }: Step, args: Given): unknown {
  switch (task.slice(task.indexOf('.') + 1)) {
    case 'same':
      return args[0] ?? null;
    case 'add':
    case 'sum':
    case 'deep':
      return sumOf(args);
    default:
      throw new Error(`nobody knows what ${task} returns`);
  }
}

function ofEach({ each, by, items, size = 1 }: Mapping): unknown {
  const results = items.map((item) => resultOf(each, by === 'map' ? [item] : (item as Given)));
  if (by !== 'chunks') return results;
  const parts = Math.ceil(results.length / size);
  return Array.from({ length: parts }, (_, at) => results.slice(at * size, (at + 1) * size));
}
