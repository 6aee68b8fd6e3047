import { type Celery, writeUrlOf } from '../app/index.ts';
import {
  type ChordCounts,
  cannotCountChords,
  type GroupStore,
  type ResultBackend,
} from '../backends/index.ts';
import { ConfigError, NotSupportedError } from '../errors.ts';
import { redactUrl } from '../util/index.ts';
import type { ExecutorCall } from './executor-calls.ts';

/** Who is told of the states of tasks of claims, by their tags. */
export interface StateWatch {
  /** A task begins, and that is to be stored. */
  readonly onStarted: (tag: string) => void;
  /** Awaited before a task stores a state of its own. */
  readonly onState: (tag: string) => Promise<void>;
}

/** The main thread's side of what tasks ask for: does it over the connections of the app that is meant. */
export function callAnswerer(
  apps: readonly Celery[],
  { onStarted, onState }: StateWatch,
): (request: unknown, signal: AbortSignal) => Promise<unknown> {
  return (request, signal) => {
    const call = request as ExecutorCall;
    // at once: the same thread may tell next that the task has ended
    if (call.op === 'started') return Promise.resolve(onStarted(call.tag));
    if (call.op !== 'store') return answer(apps, call, signal);
    return onState(call.tag).then(() => answer(apps, call, signal));
  };
}

async function answer(
  apps: readonly Celery[],
  call: Exclude<ExecutorCall, { op: 'started' }>,
  signal: AbortSignal,
): Promise<unknown> {
  switch (call.op) {
    case 'publish':
      return (await transportFor(apps, call.url)).publish(call.messages, signal, call.retry);
    case 'broadcast':
      return (await transportFor(apps, call.url)).broadcast(call.exchange, call.payload, signal);
    case 'size':
      return (await transportFor(apps, call.url)).size(call.queue);
    case 'purge':
      return (await transportFor(apps, call.url)).purge(call.queue);
    case 'find':
      return (await backendFor(apps, call.url)).find(call.taskId);
    case 'findMany':
      return (await backendFor(apps, call.url)).findMany(call.taskIds);
    case 'wait':
      return (await backendFor(apps, call.url)).wait(call.taskId, signal);
    case 'forget':
      return (await backendFor(apps, call.url)).forget(call.taskId);
    case 'saveGroup':
      return groupsOf(await backendFor(apps, call.url)).save(call.group);
    case 'findGroup':
      return groupsOf(await backendFor(apps, call.url)).find(call.groupId);
    case 'deleteGroup':
      return groupsOf(await backendFor(apps, call.url)).delete(call.groupId);
    case 'openChords':
      return chordsOf(await backendFor(apps, call.url)).open(call.chords);
    case 'growChord':
      return chordsOf(await backendFor(apps, call.url)).grow(call.groupId, call.taskId);
    case 'shrinkChord':
      return chordsOf(await backendFor(apps, call.url)).shrink(call.groupId, call.taskId);
    case 'store': {
      const backend = await backendFor(apps, call.url);
      return backend.apply([backend.write(call.meta)]);
    }
  }
}

function transportFor(apps: readonly Celery[], url: string) {
  const app = apps.find((each) => writeUrlOf(each.settings) === url);
  if (!app) throw unknownUrl('broker', url);
  return app.transport();
}

async function backendFor(apps: readonly Celery[], url: string) {
  const app = apps.find((each) => each.settings.resultBackend === url);
  const backend = await app?.storingBackend();
  if (!backend) throw unknownUrl('result backend', url);
  return backend;
}

/** Those of a backend that a task uses. */
function groupsOf({ groups, store }: ResultBackend): GroupStore {
  if (groups) return groups;
  throw new NotSupportedError(`the result backend '${store.url}' cannot keep groups`);
}

/** The same for the sizes of chords. */
function chordsOf({ chords, store }: ResultBackend): ChordCounts {
  if (chords) return chords;
  throw cannotCountChords(store.url);
}

function unknownUrl(what: string, url: string): ConfigError {
  return new ConfigError(
    `a task used the ${what} '${redactUrl(url)}' of an app that its worker does not serve; export that app from the module given with -A`,
  );
}
