import type { PlannedTask } from '../../src/canvas/index.ts';
import { encodeBody, type ResultTuple, type SignatureData } from '../../src/protocol/index.ts';
import { type MessageShape, renamed, shapeOf } from '../vectors/canvas.ts';

/** What sending a canvas came to: the messages in their order, and how many parts was said of each chord. */
export interface SentCanvas {
  readonly messages: readonly MessageShape[];
  readonly sizes: Readonly<Record<string, number>>;
  /** Handles of results, and of groups that were saved; they are compared by the tasks in them. */
  readonly handles?: readonly ResultTuple[];
}

/** A planned task as it would be captured. */
export function shapeOfPlanned(task: PlannedTask): MessageShape {
  const body = encodeBody(task.args, task.kwargs, task.embed);
  const { id, rootId: root_id, parentId: parent_id, group, groupIndex: group_index } = task;
  const headers = { task: task.task, id, root_id, parent_id, group, group_index };
  return shapeOf({ headers, properties: { reply_to: task.replyTo, priority: 0 } }, body);
}

/** Who has sent a canvas, and what it is compared with. */
export interface About {
  readonly from: 'us' | 'celery';
  /** Of the Celery that it is compared with. */
  readonly version: '5.2.6' | '5.6.2';
  /** Whether what has no meaning is compared too. */
  readonly isExact: boolean;
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
  readonly message?: (message: Node, about: About) => void;
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
  {
    about: 'a group of one in a chain that is to be sent later',
    why: 'it is its member when the chain is sent; Celery leaves it as it is until then, and we write the member',
    signature: (signature) => {
      if (signature['task'] !== 'celery.chain') return;
      const { tasks } = signature['kwargs'] as { tasks: Node[] };
      tasks.push(...tasks.splice(0).map(onlyOr));
    },
  },
  {
    about: 'a group before the last group of a chain that is to be sent later',
    why:
      'they are a chord when the chain is sent. Celery makes it then, and leaves the two as they are until then, but that the ' +
      'tasks of the first have the second as a body already; we write the chord',
    signature: (signature) => {
      if (signature['task'] !== 'celery.chain') return;
      const { tasks } = signature['kwargs'] as { tasks: Node[] };
      tasks.push(...tasks.splice(-1).flatMap(asGroups));
      for (const group of tasks.slice(0, -1).filter((each) => each['task'] === 'celery.group')) {
        atEnds(group, (end) => delete optionsOf(end)['chord']);
        delete optionsOf(group)['task_id'];
      }
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
    // the body of a chord without a header, which is sent at once; only there a group comes without a place
    message: (message, { from }) => {
      if (from === 'us' && message['group_index'] === null) message['group'] = null;
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
  {
    about: 'the id of a chain that is sent later',
    why: 'Celery 5.2 says it of the last step alone',
    signature: (signature) => {
      if (signature['task'] === 'celery.chain') delete optionsOf(signature)['task_id'];
    },
  },
];

/** Where it makes no difference to anybody, and nothing but the order in which Celery does things decides. */
const withoutMeaning: readonly Difference[] = [
  {
    about: 'options that are null',
    why: 'they are as good as absent, and Celery writes them out in some places and not in others',
    signature: (signature) => {
      const options = optionsOf(signature);
      for (const name of Object.keys(options)) if (options[name] === null) delete options[name];
    },
  },
  {
    about: 'the id of a group whose members are part of a larger one',
    why: "Celery gives it that one's, or one of its own if it was given ids before as a part of something else",
    signature: (signature) => {
      if (signature['task'] !== 'celery.group' || !optionsOf(signature)['group_id']) return;
      delete optionsOf(signature)['task_id'];
    },
  },
];

/** In a form in which canvases that different senders have sent can be compared: ids renamed, differences taken out. */
export function comparable({ messages, sizes, handles = [] }: SentCanvas, about: About): unknown {
  const differences = [
    ...ours,
    ...(about.version === '5.2.6' ? inOldCelery : []),
    ...(about.isExact ? [] : withoutMeaning),
  ];
  const copies = structuredClone(messages) as unknown as Node[];
  for (const each of differences) {
    for (const message of copies) {
      walk(message, each);
      each.message?.(message, about);
    }
  }
  // a group that is sent at once as a part of a larger one: Celery counts it by itself too, where nobody looks
  const text = JSON.stringify(copies);
  const counted = Object.entries(sizes).filter(([group]) => text.includes(group));
  const counts = counted.map(([group, size]) => ({ group, size }));
  const [sent, sizesOf, of] = renamed([copies, counts, handles.map(leaves)]) as readonly Node[][];
  const sorted = sizesOf?.toSorted((one, other) =>
    `${one['group']}` < `${other['group']}` ? -1 : 1,
  );
  return [sent, sorted, of];
}

/** The tasks that a handle is of: whose parents they are, and what groups are called, Celery 5.2 says otherwise. */
function leaves([[id], inner]: ResultTuple): unknown {
  return inner === null ? id : inner.map(leaves);
}

/**
 * The signature with the members of groups inside groups in reverse. Celery has them so as soon as it gives the group
 * its ids: in headers of chords, in bodies and in chains. We keep the order, so that the body of a chord gets its list
 * in the order of the header; given the other way round, ours are sent as Celery sends them.
 */
export function turned(signature: SignatureData): SignatureData {
  if (signature.subtask_type !== 'group') return turnedInside(signature);
  // one that is sent as it is has them in order
  return withTasks(signature, membersOf(signature).map(turned));
}

function turnedInside(signature: SignatureData): SignatureData {
  switch (signature.subtask_type) {
    case 'chain':
      return withTasks(signature, membersOf(signature).map(turnedStep));
    case 'group':
      return withTasks(signature, membersOf(signature).map(turnedMember));
    case 'chord': {
      const { header, body } = signature.kwargs as { header: SignatureData[]; body: SignatureData };
      const kwargs = {
        ...signature.kwargs,
        header: header.map(turnedMember),
        body: turnedInside(body),
      };
      return { ...signature, kwargs };
    }
    default:
      return signature;
  }
}

/** A group of one is its member here, so that another in it is none inside a group. */
function turnedStep(step: SignatureData): SignatureData {
  const [only, ...others] = step.subtask_type === 'group' ? membersOf(step) : [];
  return only && others.length === 0 ? withTasks(step, [turnedInside(only)]) : turnedInside(step);
}

function turnedMember(member: SignatureData): SignatureData {
  if (member.subtask_type !== 'group') return turnedInside(member);
  return withTasks(member, membersOf(member).toReversed().map(turnedMember));
}

function membersOf({ kwargs: { tasks } }: SignatureData): readonly SignatureData[] {
  return tasks as readonly SignatureData[];
}

function withTasks(signature: SignatureData, tasks: readonly SignatureData[]): SignatureData {
  return { ...signature, kwargs: { ...signature.kwargs, tasks } };
}

function walk(value: unknown, difference: Difference): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    walk(inner, difference);
    if (key === 'chord' && inner) difference.body?.(inner as Node);
  }
  if ('subtask_type' in value) difference.signature?.(value as Node);
}

/** The member of a group of one. */
function onlyOr(step: Node): Node {
  const { tasks } = step['kwargs'] as { tasks?: Node[] };
  const [only, ...others] = step['task'] === 'celery.group' ? (tasks ?? []) : [];
  return only && others.length === 0 ? onlyOr(only) : step;
}

/** The groups of which a chord is made that ends in one, if it is made of nothing else. */
function asGroups(step: Node): Node[] {
  const { header, body } = step['kwargs'] as { header?: Node; body?: Node };
  if (step['task'] !== 'celery.chord' || !header || !body || Array.isArray(header)) return [step];
  const later = asGroups(body);
  const isOnlyGroups = later.every((each) => each['task'] === 'celery.group');
  return isOnlyGroups ? [header, ...later] : [step];
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
