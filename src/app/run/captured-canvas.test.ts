import { afterEach, describe, expect, test } from 'vitest';
import { type CapturedEntry, renamed, shapeOf } from '../../../test/vectors/canvas.ts';
import { readVectors } from '../../../test/vectors/vectors.ts';
import type { ResultReader } from '../../backends/index.ts';
import { chain, group } from '../../canvas/index.ts';
import type { Outcome } from '../../pool/index.ts';
import { decodeJson, encodeJson, type OutgoingMessage } from '../../protocol/index.ts';
import type { Transport } from '../../transports/index.ts';
import { createLogger, systemClock } from '../../util/index.ts';
import { Celery } from '../celery.ts';
import { setRuntime } from '../runtime.ts';
import { jobOf } from './job-of.ts';
import { isMalformed, parseRequest } from './request.ts';
import { Runner } from './runner.ts';
import { currentRun } from './running-task.ts';

interface Run {
  readonly name: string;
  readonly sent_messages: readonly (CapturedEntry & { readonly queue: string })[];
  readonly result_writes: readonly (readonly string[])[];
}

afterEach(() => setRuntime({ isHosted: false }));

/** The tasks that the captured worker had, as far as they are asked for here. */
function tasksOf(app: Celery) {
  const add = app.task({ name: 'tasks.add', params: ['x', 'y'] }, (x: number, y: number) => x + y);
  app.task({ name: 'tasks.ident' }, (x: unknown) => x);
  app.task({ name: 'tasks.replace_me', bind: true }, (context, x: number) =>
    context.replace(add.s(x, 100)),
  );
  app.task({ name: 'tasks.replace_group', bind: true }, (context, x: number) =>
    context.replace(group([add.s(x, 1), add.s(x, 2)])),
  );
  app.task({ name: 'tasks.replace_chain', bind: true }, (context, x: number) =>
    context.replace(chain([add.s(x, 1), add.s(2)])),
  );
}

/** What a worker of ours does with the first message of a capture, and what Python's did. */
async function rerun(name: string, index = 0) {
  const runs = readVectors<Run>('5.6.2', 'd_results_redis');
  const captured = runs.find((each) => each.name === name);
  const entry = captured?.sent_messages[index];
  if (!captured || !entry) throw new Error(`no capture '${name}'`);
  const published: OutgoingMessage[] = [];
  const publish = async (messages: readonly OutgoingMessage[]) => void published.push(...messages);
  const transport = { publish, close: async () => {} } as unknown as Transport;
  const currentTask = () => currentRun.getStore();
  const reader = {
    chords: { open: async () => {} },
    close: async () => {},
  } as unknown as ResultReader;
  const opened = { openTransport: async () => transport, openBackend: async () => reader };
  setRuntime({ isHosted: false, currentTask, ...opened });
  const app = new Celery('tasks', { broker: 'redis://', backend: 'redis://' });
  tasksOf(app);
  const runner = new Runner({
    tasks: app.tasks,
    nodeName: 'n',
    logger: createLogger({ level: 'CRITICAL' }),
    clock: systemClock,
    store: async () => {},
  });
  const outcome = await runner.run(jobOf(requestOf(entry)));
  const { id } = entry.headers;
  const written = captured.result_writes
    .map((write) => JSON.parse(write.at(-1) ?? '') as Written)
    .find((each) => each.task_id === id);
  const theirs = captured.sent_messages.filter(({ headers }) => headers.parent_id === id);
  return { outcome, published, written, theirs };
}

interface Written {
  readonly task_id: string;
  readonly status: string;
  readonly result: unknown;
  readonly children: unknown;
}

function requestOf({ headers, properties, body, queue }: CapturedEntry & { queue: string }) {
  const request = parseRequest({
    ...{ tag: 'tag', queue, headers, headersText: encodeJson(headers), properties, body },
    ...{ bodyEncoding: 'utf-8', contentType: 'application/json', contentEncoding: 'utf-8' },
  });
  if (isMalformed(request)) throw new Error(request.reason);
  return request;
}

/** Messages in one form. Who is told of results differs: of a replacement, whoever waits for what it replaces. */
function shapes(messages: readonly (OutgoingMessage | CapturedEntry)[]): unknown {
  const all = messages.map(({ headers, properties, body }) =>
    shapeOf({ headers: { ...headers }, properties }, body),
  );
  return renamed(
    JSON.parse(JSON.stringify(all), (key, value) => (key === 'reply_to' ? 'someone' : value)),
  );
}

function resultOf(outcome: Outcome) {
  if (outcome.kind === 'success') {
    return { result: decodeJson(outcome.resultText), children: outcome.children };
  }
  if (outcome.kind !== 'failure') throw new Error(outcome.kind);
  const { type, module, args } = outcome.error;
  const result = { exc_type: type, exc_message: args, exc_module: module };
  return { result, children: outcome.children };
}

describe("Celery's own tasks do with captured messages what Python's worker did", () => {
  test.each([
    ['map'],
    ['starmap'],
    ['accumulate'],
    ['accumulate_noindex'],
    ['backend_cleanup'],
    ['celery_chain_task'],
    ['chunks_task'],
    ['celery_group_task'],
    ['celery_chord_task'],
  ])('%s', async (name) => {
    const { outcome, published, written, theirs } = await rerun(name);

    const { result, children } = written ?? {};
    expect(renamed([resultOf(outcome), shapes(published)])).toEqual(
      renamed([{ result, children }, shapes(theirs)]),
    );
  });
});

describe('a task that is replaced sends what Python sent', () => {
  test.each([
    ['replace', 1],
    ['replace_in_chain', 1],
    ['replace_in_chord', 1],
    ['replace_group', 2],
    ['replace_chain', 1],
  ])('%s', async (name, count) => {
    const { outcome, theirs } = await rerun(name);

    if (outcome.kind !== 'replaced') throw new Error(outcome.kind);
    const isReplacing = ({ headers }: CapturedEntry) => headers['replaced_task_nesting'] === 1;
    expect(shapes(outcome.messages)).toEqual(shapes(theirs.filter(isReplacing).slice(0, count)));
  });
});
