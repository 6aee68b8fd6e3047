import { type Kwargs, noExtras } from '../../canvas/index.ts';
import { MessageInvalidError } from '../../errors.ts';
import { parseSignature, type ResultTuple, type SignatureData } from '../../protocol/index.ts';
import type { RunContext } from '../run/run-context.ts';
import { currentRun } from '../run/running-task.ts';
import type { Builtin } from './builtin-task.ts';
import { itemsOf } from './mapping.ts';

/** Sends its items in parts of `n`, each as a `celery.starmap`. Its result is the handle of that group. */
export const chunks: Builtin = {
  name: 'celery.chunks',
  params: ['task', 'it', 'n'],
  async run(context, signature, it, n) {
    const task = parseSignature(signature, "celery.chunks() argument 'task'");
    if (typeof n !== 'number' || !Number.isInteger(n) || n < 1) {
      throw new TypeError(`celery.chunks() takes a whole number from 1 as 'n', got ${String(n)}`);
    }
    const items = itemsOf(context, it);
    const parts: SignatureData[] = [];
    for (let at = 0; at < items.length; at += n) {
      const kwargs = { task, it: items.slice(at, at + n) };
      parts.push(signatureOf('celery.starmap', kwargs, { immutable: true }));
    }
    const group = signatureOf('celery.group', { tasks: parts }, { subtask_type: 'group' });
    return (await context.app.send(group, noExtras, {})).result;
  },
};

/** What clients of Celery 3 sent for a group. Its result is the handle that they made for it. */
export const groupTask: Builtin = {
  name: 'celery.group',
  params: ['tasks', 'result', 'group_id', 'partial_args', 'add_to_parent?'],
  async run(context, tasks, result, groupId, partialArgs, addToParent = true) {
    const options = { group_id: groupId, add_to_parent: false };
    const extras = { args: itemsOf(context, partialArgs), kwargs: {}, options };
    const members = signaturesIn(context, tasks);
    await Promise.all(members.map((each) => context.app.send(each, extras, {})));
    const handle = tupleOf(result);
    if (addToParent) currentRun.getStore()?.addChild(handle);
    return handle;
  },
};

/** Begins a chord from inside a worker, as old clients ask for it. Its result is the handle of the body. */
export const chordTask: Builtin = {
  name: 'celery.chord',
  params: ['header', 'body', 'partial_args?', 'interval?', 'countdown?', 'max_retries?', 'eager?'],
  // without it the handle would be lost, as in Celery
  options: { ignoreResult: false },
  async run(context, header, body, partialArgs = []) {
    const tasks = Array.isArray(header)
      ? header
      : parseSignature(header, "celery.chord() argument 'header'").kwargs['tasks'];
    const kwargs = {
      kwargs: {},
      header: signaturesIn(context, tasks),
      body: parseSignature(body, "celery.chord() argument 'body'"),
    };
    const chord = signatureOf('celery.chord', kwargs, { subtask_type: 'chord' });
    const extras = { ...noExtras, args: itemsOf(context, partialArgs) };
    return (await context.app.send(chord, extras, {})).result;
  },
};

function signaturesIn(context: RunContext, value: unknown): readonly SignatureData[] {
  if (!Array.isArray(value)) {
    throw new MessageInvalidError(`${context.name}() takes a list of signatures`);
  }
  return value.map((each, index) => parseSignature(each, `${context.name}() task ${index}`));
}

/** Old clients write an id alone where there is no parent. */
function tupleOf(value: unknown): ResultTuple {
  const [id, children]: readonly unknown[] = Array.isArray(value) ? value : [value, null];
  const handle = typeof id === 'string' ? [[id, null], children ?? null] : value;
  return handle as ResultTuple; // only handed on
}

function signatureOf(
  task: string,
  kwargs: Kwargs,
  {
    immutable = false,
    subtask_type = null,
  }: Partial<Pick<SignatureData, 'immutable' | 'subtask_type'>>,
): SignatureData {
  return { task, args: [], kwargs, options: {}, subtask_type, immutable };
}
