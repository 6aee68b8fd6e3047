import type { ResultBackend } from '../backends/index.ts';
import { TaskFailedError, TestStuckError } from '../errors.ts';
import type { Time } from '../util/index.ts';
import type { SentTask, SentTasks } from './sent-tasks.ts';
import type { TaskRun, TaskRuns } from './task-runs.ts';
import type { VirtualTime } from './virtual-time.ts';

/** A state that a test waits for: of one task, or of any of a kind. */
export type WaitedFor = Readonly<{ state: string } & ({ id: string } | { task: string })>;

/** Where it may be found. */
export interface Place {
  readonly runs: TaskRuns;
  readonly sent: SentTasks;
  /** null: results are off. */
  readonly backend: ResultBackend | null;
}

/** The last try that came to the state; a state of the task's own is read from the results. */
export async function findIn(place: Place, wanted: WaitedFor): Promise<TaskRun | undefined> {
  const run = place.runs.written.findLast(
    (each) => isMeant(wanted, each) && each.state === wanted.state,
  );
  return run ?? findStored(place, wanted);
}

/** Says why it did not come, and what to do. */
export function stuckError(
  { runs, sent }: Place,
  wanted: WaitedFor,
  time: Pick<VirtualTime, 'nextMs'> & Pick<Time, 'now'>,
): TestStuckError {
  const name = 'id' in wanted ? `task with id '${wanted.id}'` : `task '${wanted.task}'`;
  const last = runs.all.findLast((each) => isMeant(wanted, each));
  const isSent = sent.all.some((each) => isMeant(wanted, each));
  const isToFollow = sent.travelling.some((each) => isMeant(wanted, each));
  const because = last
    ? `it came to ${last.state}${last.error ? `: ${last.error.summary}` : ''}`
    : isSent
      ? 'it was sent, and has not run'
      : isToFollow
        ? 'it is to follow others, and was not sent yet'
        : 'it was not sent';
  const inMs = time.nextMs === undefined ? undefined : time.nextMs - time.now();
  const remedy =
    inMs === undefined
      ? 'nothing is left to run (a kit serves the tasks that there were when it was made)'
      : `nothing more is due before ${inMs / 1000} s have passed; move the clock on with kit.advance()`;
  const text = `${name} has not come to ${wanted.state}: ${because}, and ${remedy}`;
  return new TestStuckError(text, last?.error && { cause: last.error });
}

function isMeant(wanted: WaitedFor, { id, task }: { id: string; task: string }): boolean {
  return 'id' in wanted ? wanted.id === id : wanted.task === task;
}

async function findStored(place: Place, wanted: WaitedFor): Promise<TaskRun | undefined> {
  const { sent, backend } = place;
  if (!backend) return undefined;
  const all: readonly Stored[] = [...sent.travelling, ...sent.all];
  for (const each of all.filter((task) => isMeant(wanted, task)).toReversed()) {
    const meta = await backend.find(each.id);
    if (meta?.status !== wanted.state) continue;
    const { task, id, args = [], kwargs = {}, queue = '' } = each;
    const { status: state, result } = meta;
    const error =
      state === 'FAILURE' && meta.error ? new TaskFailedError(id, meta.error) : undefined;
    const rest = { retries: 0, error, wasLost: false };
    return { task, id, args, kwargs, queue, state, result, ...rest };
  }
  return undefined;
}

/** What of a task may have a stored state; one that only travelled with others has no message. */
type Stored = Pick<SentTask, 'task' | 'id'> & Partial<Pick<SentTask, 'args' | 'kwargs' | 'queue'>>;
