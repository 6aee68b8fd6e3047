import { randomUUID } from 'node:crypto';
import { type AnySignature, chain, chord, chunks, group, xmap, xstarmap } from 'celeriac';
import type { Place } from './place.ts';

/** A canvas without a language: tasks of `fixtures/crossing`, to be given sides. */
export type Shape =
  | Step
  | { readonly chain: readonly Shape[] }
  | { readonly group: readonly Shape[] }
  | { readonly chord: readonly Shape[]; readonly body: Shape }
  | { readonly of: Shape; readonly link: Shape }
  | Mapping;

/** One message, or `size` items in each of several, that call a task for each item. */
export interface Mapping {
  readonly each: Step;
  readonly by: 'map' | 'starmap' | 'chunks';
  readonly items: readonly unknown[];
  readonly size?: number;
}

/** A task of a shape, without its prefix. */
export interface Step {
  readonly task: string;
  readonly args: readonly unknown[];
  /** The task's, if it is known before it is sent. */
  readonly id?: string;
  readonly immutable?: boolean;
  /** Called so that its result is ignored. */
  readonly isIgnored?: true;
  readonly options?: Readonly<Record<string, unknown>>;
}

/** Whose worker runs a task; `both` for the queue that both take from. */
export type Side = 'ours' | 'py' | 'both';
/** Whose worker runs the task of a place. */
export type Choose = (index: number) => Side;

export const step = (task: string, ...args: unknown[]): Step => ({ task, args });
export const add = (...args: number[]): Step => step('add', ...args);
/** Sums whatever lists it gets, of any depth. */
export const deep: Step = step('deep');
/** Returns what it gets. */
export const same: Step = step('same');
export const seq = (...steps: readonly Shape[]): Shape => ({ chain: steps });
export const all = (...members: readonly Shape[]): Shape => ({ group: members });
export const join = (header: readonly Shape[], body: Shape): Shape => ({ chord: header, body });
export const linked = (of: Shape, link: Shape): Shape => ({ of, link });

/** The same shape with other steps. */
export function mapped(shape: Shape, change: (step: Step, index: number) => Step): Shape {
  let index = 0;
  const visit = (each: Shape): Shape => {
    if ('chain' in each) return { chain: each.chain.map(visit) };
    if ('group' in each) return { group: each.group.map(visit) };
    if ('task' in each) return change(each, index++);
    if ('each' in each) return { ...each, each: change(each.each, index++) };
    if ('of' in each) {
      const of = visit(each.of);
      return { of, link: visit(each.link) };
    }
    const header = each.chord.map(visit);
    return { chord: header, body: visit(each.body) };
  };
  return visit(shape);
}

const queues = { ours: 'ours', py: 'python', both: 'both' } as const;

/** The shape with every task given to somebody, by its place among them. */
export function sided(shape: Shape, choose: Choose): Shape {
  return mapped(shape, (each, index) => {
    const side = choose(index);
    const options = { ...each.options, queue: queues[side] };
    return { ...each, task: `${side}.${each.task}`, options };
  });
}

/** The shape with ids for all its tasks, and these in the order of the tasks. */
export function identified(shape: Shape): {
  readonly shape: Shape;
  readonly ids: readonly string[];
} {
  const ids: string[] = [];
  const whole = mapped(shape, (each) => {
    const id = randomUUID();
    ids.push(id);
    return { ...each, id };
  });
  return { shape: whole, ids };
}

/** The ways to share tasks between the workers, when one side's client sends them. */
export const ways: Readonly<Record<'pythonToUs' | 'usToPython', readonly Choose[]>> = {
  pythonToUs: [() => 'ours', (index) => (index % 2 ? 'py' : 'ours'), alternate],
  usToPython: [() => 'py', (index) => (index % 2 ? 'py' : 'ours'), alternate],
};

function alternate(index: number): Side {
  return index % 2 ? 'ours' : 'py';
}

/** Whoever is free. */
export const anyone: Choose = () => 'both';

/** A canvas that has been sent. */
export interface SentShape {
  readonly id: string;
  get(): Promise<unknown>;
}

/** Sends a shape with Python's client. */
export async function sentByPython({ python }: Place, shape: Shape): Promise<SentShape> {
  const id = await python.apply(`built(${pythonText(shape)})`);
  return { id, get: () => python.get(id) };
}

/** A Python expression of what JSON can say. */
export function pythonText(value: unknown): string {
  return `json.loads(${JSON.stringify(JSON.stringify(value))})`;
}

/** Sends a shape with our client. */
export async function sentByUs(place: Place, shape: Shape): Promise<SentShape> {
  const handle = await built(place.app, shape).applyAsync();
  return { id: handle.id, get: () => handle.get({ timeout: 20 }) };
}

/** What our client can do with a canvas of any kind. */
export interface AnyCanvas {
  readonly data: AnySignature['data'];
  link(callback: unknown): AnyCanvas;
  onError(errback: unknown): AnyCanvas;
  set(options: object): AnyCanvas;
  applyAsync(options?: object): Promise<AnyHandle>;
}

/** What it gives for any of them. */
export interface AnyHandle {
  readonly id: string;
  ready(): Promise<boolean>;
  get(options: { timeout: number; propagate?: boolean }): Promise<unknown>;
}

/** What makes signatures of tasks by name: an app. */
export interface Maker {
  signature(task: string, args: readonly unknown[], options: object): unknown;
}

/** A shape as our canvas. */
export function built(app: Maker, shape: Shape): AnyCanvas {
  // what fits what is known when it runs, here alone
  return canvasOf(app, shape) as unknown as AnyCanvas;
}

function canvasOf(app: Maker, shape: Shape): never {
  const inside = (shapes: readonly Shape[]) => shapes.map((each) => canvasOf(app, each));
  if ('chain' in shape) return chain(...(inside(shape.chain) as unknown as [never])) as never;
  if ('group' in shape) return group(inside(shape.group)) as never;
  if ('chord' in shape) return chord(inside(shape.chord), canvasOf(app, shape.body)) as never;
  if ('of' in shape) return built(app, shape.of).link(canvasOf(app, shape.link)) as never;
  if ('each' in shape) return mappingOf(app, shape) as never;
  const { task, args, immutable = false, options, id, isIgnored } = shape;
  const own = { ...(id && { taskId: id }), ...(isIgnored && { ignoreResult: true }) };
  return app.signature(task, args, { ...options, ...own, immutable }) as never;
}

function mappingOf(app: Maker, { each, by, items, size = 1 }: Mapping): AnyCanvas {
  const task = app.signature(each.task, [], {}) as never;
  const { id, options = {} } = each;
  const ways = {
    map: () => xmap(task, items as never),
    starmap: () => xstarmap(task, items as never),
    chunks: () => chunks(task, items as never, size),
  };
  const canvas = ways[by]() as unknown as AnyCanvas;
  return canvas.set(id && by !== 'chunks' ? { ...options, taskId: id } : options);
}
