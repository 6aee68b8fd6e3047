import type { Embed, SignatureData } from '../protocol/index.ts';
import type { WireOptions } from './options.ts';
import type { Plan, PlanContext, PlannedTask } from './planned.ts';
import { signatureList, textOr } from './structure.ts';

/** Options that go elsewhere than into a planned task's `options`. */
const placed: ReadonlySet<string> = new Set([
  'task_id',
  'reply_to',
  'root_id',
  'parent_id',
  'group_id',
  'group_index',
  'chord',
  'chain',
  'link',
  'link_error',
]);

const nothingFollows: Embed = { callbacks: null, errbacks: null, chain: null, chord: null };

/** A task's message, with all that was merged into its signature. Source: `Task.apply_async` and `send_task`. */
export function planTask(signature: SignatureData, context: PlanContext): Plan {
  const { task, args, kwargs, options: given } = signature;
  const options: Record<string, unknown> = {};
  let isPlain = true;
  for (const name of Object.keys(given)) {
    const value = given[name];
    if (value === null || value === undefined) continue;
    if (placed.has(name)) isPlain = false;
    else options[name] = value;
  }
  const id = textOr(given['task_id'], undefined) ?? context.newId();
  const { parent } = context;
  const planned: PlannedTask = {
    task,
    id,
    args,
    kwargs,
    embed: isPlain ? nothingFollows : embedOf(given),
    rootId: textOr(given['root_id'], parent?.rootId ?? id),
    parentId: textOr(given['parent_id'], parent?.id ?? null),
    group: textOr(given['group_id'], null),
    groupIndex: typeof given['group_index'] === 'number' ? given['group_index'] : null,
    replyTo: textOr(given['reply_to'], context.replyTo),
    options,
  };
  const sent = mapping.has(task) ? { ...planned, ...routedByInner(kwargs) } : planned;
  return { tasks: [sent], result: [[id, null], null], ends: [{ id, task, options }] };
}

const mapping: ReadonlySet<string> = new Set(['celery.map', 'celery.starmap']);

/** What calls another task many times goes where that one would. */
function routedByInner({ task }: SignatureData['kwargs']): { routedAs: string } | undefined {
  const name = typeof task === 'object' && task !== null && 'task' in task ? task.task : undefined;
  return typeof name === 'string' ? { routedAs: name } : undefined;
}

function embedOf({ link, link_error, chain, chord }: WireOptions): Embed {
  return {
    callbacks: signatureList(link, 'link'),
    errbacks: signatureList(link_error, 'link_error'),
    chain: signatureList(chain, 'chain'),
    chord: signatureList(chord, 'chord')?.[0] ?? null,
  };
}
