import type { ResultBackend } from '../../backends/index.ts';
import type { RemoteError } from '../../errors.ts';
import {
  bodyOf,
  type Delivery,
  type Embed,
  type ExtendedMeta,
  type Reading,
  type ResultMeta,
  type ResultTuple,
  type TaskState,
} from '../../protocol/index.ts';
import type { ResultWrite } from '../../transports/index.ts';
import type { Request } from './request.ts';

/** What a state change says; the rest of its document follows from the task. */
export interface StateChange {
  readonly status: TaskState;
  readonly error?: RemoteError | null;
  readonly children?: readonly ResultTuple[];
  /** The result as JSON text, for SUCCESS; for a state of the task's own, what it carries. */
  readonly resultText?: string;
  /** What STARTED carries. */
  readonly result?: unknown;
}

/** The part of a task that every document of its states has. */
export type TaskIds = Pick<Request, 'id' | 'groupId' | 'parentId'>;

/** A task's state as it is stored. @param dateDone - null for a state that is not its last. */
export function metaOf(task: TaskIds, state: StateChange, dateDone: string | null): ResultMeta {
  const { error = null, result = null } = state;
  return {
    taskId: task.id,
    status: state.status,
    result,
    ...(state.resultText === undefined ? undefined : { resultText: state.resultText }),
    error,
    traceback: error?.traceback ?? null,
    children: state.children ?? [],
    dateDone,
    groupId: task.groupId,
    parentId: task.parentId,
  };
}

/** The same state of tasks that never ran. */
export function endedStates(
  ids: readonly string[],
  state: Pick<StateChange, 'status' | 'error'>,
  { backend, dateDone }: { backend: Pick<ResultBackend, 'write'>; dateDone: string },
): readonly ResultWrite[] {
  return ids.map((id) =>
    backend.write(metaOf({ id, groupId: null, parentId: null }, state, dateDone)),
  );
}

/** What `resultExtended` adds to a stored state of a message's task, for a worker of this name. */
export function extendedOf(
  message: Pick<Delivery, 'queue' | 'headers' | 'properties'>,
  call: Readonly<{ args: unknown; kwargs: unknown }>,
  worker: string,
): ExtendedMeta {
  const { headers, queue } = message;
  const { task, retries, stamped_headers: names, stamps } = headers;
  return {
    name: typeof task === 'string' ? task : '',
    args: call.args,
    kwargs: call.kwargs,
    worker,
    retries: typeof retries === 'number' ? retries : 0,
    queue: routingKeyOf(message.properties) ?? queue,
    stampedHeaders: Array.isArray(names) ? names.filter((each) => typeof each === 'string') : [],
    stamps: isObject(stamps) ? stamps : {},
  };
}

/** The arguments of a message; null where they cannot be read. */
export function callIn(
  delivery: Delivery,
  reading: Reading,
): Readonly<{ args: unknown; kwargs: unknown }> {
  try {
    return bodyOf(delivery, reading);
  } catch {
    return { args: null, kwargs: null }; // that the message is settled matters more
  }
}

/** What is to follow a message's task; null where that cannot be read. */
export function embedIn(delivery: Delivery, reading: Reading): Embed | null {
  try {
    return bodyOf(delivery, reading).embed;
  } catch {
    return null;
  }
}

function routingKeyOf({ delivery_info: info }: Delivery['properties']): string | undefined {
  if (!isObject(info)) return undefined;
  const { routing_key: key } = info;
  return typeof key === 'string' && key !== '' ? key : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
