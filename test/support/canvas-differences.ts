import type { PlannedTask } from '../../src/canvas/index.ts';
import { encodeBody } from '../../src/protocol/index.ts';
import { type MessageShape, renamed, shapeOf } from '../vectors/canvas.ts';

/** What sending a canvas came to: the messages in their order, and how many parts was said of each chord. */
export interface SentCanvas {
  readonly messages: readonly MessageShape[];
  readonly sizes: Readonly<Record<string, number>>;
}

/** A planned task as it would be captured. */
export function shapeOfPlanned(task: PlannedTask): MessageShape {
  const body = encodeBody(task.args, task.kwargs, task.embed);
  const { id, rootId: root_id, parentId: parent_id, group, groupIndex: group_index } = task;
  const headers = { task: task.task, id, root_id, parent_id, group, group_index };
  return shapeOf({ headers, properties: { reply_to: task.replyTo, priority: 0 } }, body);
}

/** A decoded JSON object. */
type Node = Record<string, unknown>;

/** Something that two senders write otherwise; taken out on both sides before they are compared. */
interface Difference {
  readonly about: string;
  readonly why: string;
  /** Called with every signature, the inner ones first. */
  readonly signature?: (signature: Node) => void;
  /** Called with what an embed or an option holds as the body of a chord. */
  readonly body?: (body: Node) => void;
  readonly message?: (message: Node) => void;
}

/** Where what we write is other than what any Celery writes. */
const ours: readonly Difference[] = [
  {
    about: 'the body in the header of a chord that is to be sent later',
    why:
      'Celery copies the body into every task of such a header, and into the header itself, though whoever sends the ' +
      'chord sets it there anew: chords in bodies of chords then grow exponentially. We write it once',
    signature: (signature) => {
      if (signature['task'] !== 'celery.chord') return;
      const { header } = signature['kwargs'] as Node;
      if (!Array.isArray(header)) atEnds(header as Node, (end) => delete optionsOf(end)['chord']);
    },
  },
];

/** Where Celery 5.2 writes other than 5.6 and we; in the order in which they are taken out. */
const inOldCelery: readonly Difference[] = [
  {
    about: 'the id of a chain that is sent later',
    why: 'Celery 5.2 says it of the last step alone',
    signature: (signature) => {
      if (signature['task'] === 'celery.chain') delete optionsOf(signature)['task_id'];
    },
  },
  {
    about: "the header's group in the body",
    why: 'Celery 5.2 does not say it in the body, so that a body that is a group has an id of its own',
    body: (body) =>
      atEnds(body, (end) => {
        delete optionsOf(end)['group_id'];
        if (end['task'] === 'celery.group') delete optionsOf(end)['task_id'];
      }),
    message: (message) => {
      const [args, , embed] = message['body'] as readonly [unknown, unknown, Node];
      // the body of a chord without a header
      if (JSON.stringify(args) === '[[]]' && !embed['chord']) message['group'] = null;
    },
  },
  {
    about: 'the places in groups that are no header',
    why: 'Celery 5.2 numbers the members of headers, and of groups that are sent later, alone',
    signature: (signature) => {
      const { group_id, chord } = optionsOf(signature);
      if (group_id && !chord) delete optionsOf(signature)['group_index'];
    },
    message: (message) => {
      const embed = (message['body'] as readonly unknown[])[2] as Node;
      if (!embed['chord']) message['group_index'] = null;
    },
  },
];

/** In a form in which canvases that different senders have sent can be compared: ids renamed, differences taken out. */
export function comparable({ messages, sizes }: SentCanvas, version: '5.2.6' | '5.6.2'): unknown {
  const differences = version === '5.2.6' ? [...ours, ...inOldCelery] : ours;
  const copies = structuredClone(messages) as unknown as Node[];
  for (const each of differences) {
    for (const message of copies) {
      walk(message, each);
      each.message?.(message);
    }
  }
  const counts = Object.entries(sizes).map(([group, size]) => ({ group, size }));
  const known = copies.map((each) => each['group']);
  counts.sort((a, b) => known.indexOf(a.group) - known.indexOf(b.group));
  return renamed([copies, counts]);
}

function walk(value: unknown, difference: Difference): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    walk(inner, difference);
    if (key === 'chord' && inner) difference.body?.(inner as Node);
  }
  if ('subtask_type' in value) difference.signature?.(value as Node);
}

function optionsOf(signature: Node): Node {
  return signature['options'] as Node;
}

/** What is told which chord and group a signature belongs to. */
function atEnds(signature: Node, visit: (end: Node) => void): void {
  const { tasks, body } = signature['kwargs'] as { tasks?: Node[]; body?: Node };
  switch (signature['task']) {
    case 'celery.chain':
      for (const last of (tasks ?? []).slice(-1)) atEnds(last, visit);
      return;
    case 'celery.chord':
      if (body) atEnds(body, visit);
      return;
    case 'celery.group':
      for (const each of tasks ?? []) atEnds(each, visit);
  }
  visit(signature);
}
