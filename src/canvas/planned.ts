import type { ChordCount, Embed, ResultTuple } from '../protocol/index.ts';
import type { Kwargs, WireOptions } from './options.ts';

/** One message to publish, but for what the app adds: queue, times, texts for people. */
export interface PlannedTask {
  readonly task: string;
  readonly id: string;
  readonly args: readonly unknown[];
  readonly kwargs: Kwargs;
  readonly embed: Embed;
  /** The task that started it all; its own id if nothing else did. */
  readonly rootId: string;
  readonly parentId: string | null;
  readonly group: string | null;
  readonly groupIndex: number | null;
  readonly replyTo: string;
  /** The rest of its options, spelled as on the wire: `queue`, `countdown`, … None is null. */
  readonly options: WireOptions;
  /** The task whose routes it takes, if not its own. */
  readonly routedAs?: string;
}

/** The tasks that handles are of. */
export interface PlannedEnds {
  /** Those whose results the handle waits for; more than one for a group. */
  readonly ends: readonly PlannedEnd[];
  /** What handles before that one are of: earlier steps, the header of a chord; some may be there twice. */
  readonly before?: readonly PlannedEnds[];
}

/** What a signature comes to when it is sent. */
export interface Plan extends PlannedEnds {
  readonly tasks: readonly PlannedTask[];
  /** The handle of its result. */
  readonly result: ResultTuple;
  /**
   * What the task that sends it lists among its children, where that is not the same: of a chain its first step, of a
   * chord its header. What follows is then found among their own children.
   */
  readonly child?: ResultTuple;
  /** The chords that it begins: to be known before a message is sent. */
  readonly chords?: readonly ChordCount[];
  /** Groups to store first, as whoever joins them must know what they are made of. */
  readonly groups?: readonly ResultTuple[];
}

/** A task at the end of what is sent. */
export interface PlannedEnd {
  readonly id: string;
  readonly task: string;
  readonly options: WireOptions;
}

/** What follows a task that has run. */
export interface Planned {
  readonly tasks: readonly PlannedTask[];
  /** For the `children` of its result. */
  readonly children: readonly ResultTuple[];
  /** See `Plan`. */
  readonly chords?: readonly ChordCount[];
  readonly groups?: readonly ResultTuple[];
}

/** What planning needs besides the signature. Nothing here does I/O. */
export interface PlanContext {
  readonly newId: () => string;
  /** Who is told of results, where they travel as messages. */
  readonly replyTo: string;
  /** The task that sends it: root and parent of what names no other. */
  readonly parent?: Readonly<{ id: string; rootId: string }> | undefined;
  /** false: nothing counts the parts of chords, so that `celery.chord_unlock` is sent along to look for them. */
  readonly countsChords?: boolean | undefined;
  /** Set by the planner for what is in a group: the group is whose child it is. */
  readonly isMember?: boolean | undefined;
  /** `taskAllowErrorCbOnChordHeader`: errbacks of a chord go to each task of its header, too. */
  readonly errorCallbacksOnHeader?: boolean | undefined;
}

/** What several signatures come to. */
export function all(
  plans: readonly Plan[],
): Required<Pick<Plan, 'tasks' | 'ends' | 'chords' | 'groups'>> {
  const tasks: PlannedTask[] = [];
  const ends: PlannedEnd[] = [];
  const chords: ChordCount[] = [];
  const groups: ResultTuple[] = [];
  for (const each of plans) {
    for (const task of each.tasks) tasks.push(task);
    for (const end of each.ends) ends.push(end);
    for (const chord of each.chords ?? []) chords.push(chord);
    for (const group of each.groups ?? []) groups.push(group);
  }
  return { tasks, ends, chords, groups };
}
