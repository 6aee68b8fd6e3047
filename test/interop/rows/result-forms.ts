import { Celery } from 'celeriac';
import { expect } from 'vitest';
import { openBackend, type ResultBackend } from '../../../src/backends/index.ts';
import { onFileEnd } from '../../support/cleanup.ts';
import { startWorker } from '../../support/worker.ts';
import { OURS, type Place, type PlaceOptions } from '../place.ts';
import type { Row } from '../row.ts';

/** Python's side: a store per serializer, and tasks whose results go there, such as `peer.echo.yaml`. */
export const withForms: PlaceOptions = {
  python: `
import collections, pickle
from celery.backends.redis import RedisBackend

FORMS = {
    name: RedisBackend(app=app, url=os.environ['CELERY_RESULT_BACKEND'], serializer=name, accept=[name])
    for name in ('yaml', 'msgpack', 'pickle')
}

for form, store in FORMS.items():
    for task in (echo, fail, own, known):
        app.task(name=f'{task.name}.{form}', backend=store)(task.run)

@app.task(name='peer.counter.pickle', backend=FORMS['pickle'])
def counter():
    return collections.Counter('a')

def in_form(form, id):
    return app.AsyncResult(id, backend=FORMS[form])

def outcome(form, id):
    try:
        return in_form(form, id).get(timeout=20)
    except Exception as error:
        return [type(error).__name__, type(error).__module__, list(error.args)]

def keep(form, id, state):
    FORMS[form].store_result(id, KeyError('x') if state == 'FAILURE' else {'status': 'SUCCESS'}, state)

def keep_pickle(protocol, id, state):
    meta = {'status': state, 'result': {'status': 'SUCCESS'}, 'traceback': None, 'children': [], 'task_id': id}
    FORMS['pickle'].set(FORMS['pickle'].get_key_for_task(id), pickle.dumps(meta, protocol))
`,
};

const SOON = { timeout: 20 };
const value = [null, true, 2 ** 40, 1.5, 'é 😀', 'status: SUCCESS', { list: [1, [2]], '2': {} }];

const readers = new Map<string, Celery>();
const workers = new Map<string, Promise<unknown>>();

/** Our client that reads results of that serializer. */
function readerOf({ redis }: Place, form: string): Celery {
  const known = readers.get(form);
  if (known) return known;
  const settings = { resultSerializer: form, resultAcceptContent: [form] };
  const app = new Celery('reader', { broker: redis.url, backend: redis.url, ...settings });
  onFileEnd(() => app.close());
  readers.set(form, app);
  return app;
}

/** Our worker that writes them; it takes from the queue of that name. */
async function startWriter({ redis }: Place, form: string): Promise<void> {
  const start = () => {
    const args = ['-c', '1', '-n', `${form}@host`, '-Q', form, '--set', `resultSerializer=${form}`];
    return startWorker({ brokerUrl: redis.url, module: OURS, args });
  };
  const started = workers.get(form) ?? start();
  workers.set(form, started);
  await started;
}

/** What Python gets of a task that our worker has run. */
async function pythons(place: Place, form: string, task: string, args: unknown[]) {
  await startWriter(place, form);
  const id = await place.python.call(task, args, { queue: form });
  return place.python.evaluate(`outcome('${form}', '${id}')`);
}

function storeOf({ redis }: Place, serializer: string): Promise<ResultBackend> {
  const options = { expiresMs: 60_000, connectTimeoutMs: 4_000, jsonTypes: 'typed' } as const;
  return openBackend(redis.url, { ...options, format: { serializer } });
}

function write(store: ResultBackend, taskId: string, status: string) {
  const error = { type: 'KeyError', module: 'builtins', args: ['x'], traceback: null };
  const meta = { traceback: null, children: [], dateDone: null, groupId: null, parentId: null };
  const write = store.write({
    ...{ ...meta, taskId, status, result: { status: 'SUCCESS' } },
    error: status === 'FAILURE' ? error : null,
  });
  return store.apply([write]);
}

function result(form: string): Row {
  return {
    name: `result_serializer '${form}'`,
    notes: '`resultSerializer` and `resultAcceptContent` on both sides',
    pythonToUs: async (place) => {
      expect(await pythons(place, form, 'peer.echo', value)).toEqual(value);
    },
    usToPython: async (place) => {
      const app = readerOf(place, form);
      const send = () => app.sendTask(`peer.echo.${form}`, value, { queue: 'python' });
      const sent = await Promise.all([send(), send()]);

      expect(await Promise.all(sent.map((each) => each.get(SOON)))).toEqual([value, value]);
    },
  };
}

function failure(form: string, notes: string): Row {
  return {
    name: `errors with result_serializer '${form}'`,
    notes,
    pythonToUs: async (place) => {
      const error = await pythons(place, form, 'peer.fail', ['é']);

      expect(error).toEqual(['RangeError', 'celery.exceptions', ['é']]);
    },
    usToPython: async (place) => {
      const app = readerOf(place, form);
      const errorOf = async (task: string, args: unknown[]) => {
        const sent = await app.sendTask(`${task}.${form}`, args, { queue: 'python' });
        return sent.get(SOON).catch((error: unknown) => error);
      };

      expect(await errorOf('peer.fail', ['é', 1])).toMatchObject({
        code: 'TASK_FAILED',
        remote: { type: 'ValueError', module: 'builtins', args: ['é', 1] },
      });
      expect(await errorOf('peer.own', ['x'])).toMatchObject({
        remote: { type: 'OnlyHere', module: 'peer', args: ['x'] },
      });
      expect(await errorOf('peer.known', [])).toMatchObject({
        remote: { type: 'MaxRetriesExceededError', args: ['too often'] },
      });
    },
  };
}

function stays(form: string): Row {
  return {
    name: `a SUCCESS stays, with result_serializer '${form}'`,
    notes: 'and a state whose value looks like one does not',
    pythonToUs: async (place) => {
      const store = await storeOf(place, form);
      const { python } = place;
      for (const id of ['SUCCESS', 'PROGRESS']) {
        await python.evaluate(`keep('${form}', '${form}-${id}', '${id}')`);
        await write(store, `${form}-${id}`, 'FAILURE');
      }
      for (const protocol of form === 'pickle' ? [2, 3, 4, 5] : []) {
        for (const state of ['SUCCESS', 'PROGRESS']) {
          await python.evaluate(`keep_pickle(${protocol}, 'p${protocol}-${state}', '${state}')`);
          await write(store, `p${protocol}-${state}`, 'FAILURE');
          const kept = (await store.find(`p${protocol}-${state}`))?.status;
          expect(kept).toBe(state === 'SUCCESS' ? state : 'FAILURE');
        }
      }

      expect((await store.find(`${form}-SUCCESS`))?.status).toBe('SUCCESS');
      expect((await store.find(`${form}-PROGRESS`))?.status).toBe('FAILURE');
      await store.close();
    },
    usToPython: async (place) => {
      const store = await storeOf(place, form);
      for (const id of ['SUCCESS', 'PROGRESS']) {
        await write(store, `${form}-our-${id}`, id);
        await place.python.evaluate(`keep('${form}', '${form}-our-${id}', 'FAILURE')`);
      }

      expect((await store.find(`${form}-our-SUCCESS`))?.status).toBe('SUCCESS');
      expect((await store.find(`${form}-our-PROGRESS`))?.error?.type).toBe('KeyError');
      await store.close();
    },
  };
}

const forms = ['yaml', 'msgpack', 'pickle'];

export const rows: readonly Row[] = [
  ...forms.map(result),
  ...['yaml', 'msgpack'].map((form) => failure(form, '')),
  failure('pickle', "Python's is an object of any class, read as data"),
  ...forms.map(stays),
  {
    name: "result_serializer 'pickle' with an object of a class",
    pythonToUs: { cannot: 'there is no class of theirs here' },
    usToPython: {
      cannot: 'no object is built: a DecodeError names the class',
      proof: async (place) => {
        const app = readerOf(place, 'pickle');
        const sent = await app.sendTask('peer.counter.pickle', [], { queue: 'python' });

        await expect(sent.get(SOON)).rejects.toMatchObject({
          code: 'DECODE_FAILED',
          message: expect.stringContaining('names collections.Counter at byte'),
        });
      },
    },
  },
  {
    name: 'a result in another serializer than the reader has',
    pythonToUs: {
      cannot: 'an error of the decoder',
      proof: async (place) => {
        await startWriter(place, 'yaml');
        const id = await place.python.call('peer.who', [], { queue: 'yaml' });

        await expect(place.python.get(id)).rejects.toThrow('DecodeError');
      },
    },
    usToPython: {
      cannot: 'a DecodeError that names the setting, and no waiting',
      proof: async (place) => {
        const sent = await place.app.sendTask('peer.echo.pickle', [], { queue: 'python' });

        await expect(sent.get(SOON)).rejects.toThrow("not read with resultSerializer 'json'");
      },
    },
  },
  {
    name: 'a result in a serializer that is not accepted',
    pythonToUs: {
      cannot: 'ContentDisallowed',
      proof: async (place) => {
        await startWriter(place, 'yaml');
        const id = await place.python.call('peer.who', [], { queue: 'yaml' });
        const strict = `RedisBackend(app=app, url=app.backend.url, serializer='yaml', accept=['json'])`;
        const get = `app.AsyncResult('${id}', backend=${strict}).get(timeout=20)`;

        await expect(place.python.evaluate(get)).rejects.toThrow('ContentDisallowed');
      },
    },
    usToPython: {
      cannot: 'a DecodeError that names `resultAcceptContent`',
      proof: async ({ redis }) => {
        const urls = { broker: redis.url, backend: redis.url };
        const strict = new Celery('strict', { ...urls, resultSerializer: 'pickle' });
        onFileEnd(() => strict.close());
        const sent = await strict.sendTask('peer.echo.pickle', [], { queue: 'python' });

        await expect(sent.get(SOON)).rejects.toThrow("add 'pickle' to 'resultAcceptContent'");
      },
    },
  },
];
