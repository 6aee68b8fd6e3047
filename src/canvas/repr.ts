import { pythonRepr, type SignatureData } from '../protocol/index.ts';
import { findBody, tasksOf } from './parts.ts';
import { kindOf, signatureList } from './structure.ts';

/** How much of what a map goes over is shown. */
const ITEMS_SHOWN = 100;

/**
 * A signature as Celery shows it: `tasks.add(2, 2) | mul(3)`. Names of modules are shown once.
 * Source: the methods `__repr__` in Celery's `canvas.py`.
 */
export function signatureRepr(signature: SignatureData): string {
  const tasks = tasksOf(signature);
  switch (kindOf(signature)) {
    case 'task':
      return taskRepr(signature);
    case 'chain':
      return tasks.length === 0 ? 'chain(<empty>)' : withoutModule(tasks, joined(tasks, ' | '));
    case 'group':
      return tasks.length === 0
        ? 'group(<empty>)'
        : withoutModule(tasks, `group(${listed(tasks)})`);
    case 'chord':
      return chordRepr(tasks, findBody(signature));
  }
}

function chordRepr(header: readonly SignatureData[], body: SignatureData | null): string {
  if (!body) return `<chord without body: ${listed(header)}>`;
  const [first, ...others] = kindOf(body) === 'chain' ? tasksOf(body) : [body];
  if (!first || kindOf(first) !== 'task') return `%(${listed(header)} | ${signatureRepr(body)})`;
  const call = callRepr(first, [listed(header)]);
  const text = others.length === 0 ? call : `(${call} | ${joined(others, ' | ')})`;
  return withoutModule([first], `%${text}`);
}

function taskRepr(signature: SignatureData): string {
  const { task, kwargs } = signature;
  const inner = signatureList(kwargs['task'], 'task')?.[0];
  const items = () => pythonRepr(kwargs['it'], ITEMS_SHOWN);
  if (inner && task === 'celery.map') return `[${inner.task}(x) for x in ${items()}]`;
  if (inner && task === 'celery.starmap') return `[${inner.task}(*x) for x in ${items()}]`;
  return callRepr(signature);
}

function callRepr(signature: SignatureData, before: readonly string[] = []): string {
  const { task, args, kwargs } = signature;
  const named = Object.entries(kwargs).map(([name, value]) => `${name}=${pythonRepr(value)}`);
  return `${task}(${[...before, ...args.map((each) => pythonRepr(each)), ...named].join(', ')})`;
}

function listed(tasks: readonly SignatureData[]): string {
  return `[${joined(tasks, ', ')}]`;
}

function joined(tasks: readonly SignatureData[], separator: string): string {
  return tasks.map(signatureRepr).join(separator);
}

/** The first task's module stays where it is named first, and goes from all other places. */
function withoutModule([first]: readonly SignatureData[], text: string): string {
  const module = first?.task.slice(0, first.task.lastIndexOf('.') + 1) ?? '';
  const at = module === '' ? -1 : text.indexOf(module);
  if (at === -1) return text;
  const end = at + module.length;
  return text.slice(0, end) + text.slice(end).replaceAll(module, '');
}
