import { join } from 'node:path';
import { Celery } from 'celeriac';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BackendOptions, openBackend, type ResultBackend } from '../../src/backends/index.ts';
import type { ResultMeta } from '../../src/protocol/index.ts';
import { openTransport } from '../../src/transports/index.ts';
import { onFileEnd } from '../support/cleanup.ts';
import { useRedis } from '../support/redis.ts';
import { tempDir } from '../support/temp.ts';
import { until } from '../support/waits.ts';
import { startWorker } from '../support/worker.ts';

const redis = useRedis();
const formats = ['json', 'yaml', 'msgpack', 'pickle'];
const SOON = { timeout: 20 };

const urls: Readonly<Record<string, () => string>> = {
  redis: () => redis().url,
  sqlite: () => `sqlite:${join(tempDir(), 'results.db')}`,
  memory: () => 'memory://result-serializers',
};

async function open(url: string, options: BackendOptions['format']): Promise<ResultBackend> {
  const backend = await openBackend(url, {
    ...{ expiresMs: 60_000, connectTimeoutMs: 4_000, jsonTypes: 'typed' },
    ...(options ? { format: options } : {}),
  });
  onFileEnd(() => backend.close());
  return backend;
}

function aMeta(taskId: string, status: string, result: unknown = 3): ResultMeta {
  const error = { type: 'KeyError', module: 'builtins', args: ['x'], traceback: null };
  return {
    ...{ taskId, status, result, error: status === 'FAILURE' ? error : null, traceback: null },
    ...{ children: [], dateDone: null, groupId: null, parentId: null },
  };
}

/** Values that have in them what documents of a success have in them. */
const alike: readonly unknown[] = [
  { status: 'SUCCESS' },
  ['x\nstatus: SUCCESS\ny', '\n"status": "SUCCESS"\n'],
  '\xa6status\xa7SUCCESS',
];

describe.each(Object.keys(urls))('in %s', (store) => {
  test.each(formats)('%s: a SUCCESS stays, and nothing else does', async (serializer) => {
    const backend = await open((urls[store] as () => string)(), { serializer });
    const id = (name: string) => `${serializer}-${name}`;
    const write = (name: string, status: string, result?: unknown) =>
      backend.apply([backend.write(aMeta(id(name), status, result))]);

    await write('done', 'SUCCESS', ['é', 1]);
    await write('done', 'FAILURE');
    const state = (await backend.find(id('done')))?.status;
    const later: unknown[] = [];
    for (const [place, value] of alike.entries()) {
      await write(`${place}`, 'SUCCESSFUL', value);
      await write(`${place}`, '', value);
      await write(`${place}`, 'FAILURE');
      later.push((await backend.find(id(`${place}`)))?.error);
    }

    expect(state).toBe('SUCCESS');
    expect(later).toMatchObject(alike.map(() => ({ type: 'KeyError', args: ['x'] })));
  });

  test.each(formats)(
    '%s: who waits has a result of before, and hears of one',
    async (serializer) => {
      const backend = await open((urls[store] as () => string)(), { serializer });
      const wait = (name: string) =>
        backend.wait(`${serializer}-${name}`, AbortSignal.timeout(10_000));
      const write = (name: string, status: string, result?: unknown) =>
        backend.apply([backend.write(aMeta(`${serializer}-${name}`, status, result))]);
      await write('before', 'SUCCESS', 'é');

      const waiting = Promise.all([wait('before'), wait('later'), wait('last')]);
      await wait('before');
      await write('later', 'STARTED');
      await write('later', 'SUCCESS', ['é', null]);
      await write('last', 'FAILURE');

      expect((await waiting).map(({ result, error }) => result ?? error?.type)).toEqual([
        ...['é', ['é', null], 'KeyError'],
      ]);
    },
  );

  test('who reads with another serializer, or must not read it, is told at once', async () => {
    const url = (urls[store] as () => string)();
    const pickles = await open(url, { serializer: 'pickle' });
    const others = [
      await open(url, undefined),
      await open(url, { serializer: 'msgpack' }),
      await open(url, { serializer: 'pickle', accept: ['json'] }),
    ];
    const waiting = others.map((backend) => backend.wait('other', AbortSignal.timeout(10_000)));
    const outcomes = Promise.allSettled(waiting);

    await pickles.apply([pickles.write(aMeta('other', 'SUCCESS'))]);

    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'DECODE_FAILED' } });
    }
    const found = await Promise.allSettled(others.map((backend) => backend.find('other')));
    expect(found.map((each) => each.status === 'rejected' && each.reason.message)).toEqual([
      expect.stringContaining("not read with resultSerializer 'json'"),
      expect.stringContaining("not read with resultSerializer 'msgpack'"),
      expect.stringContaining("add 'pickle' to 'resultAcceptContent'"),
    ]);
  });
});

test.each(formats)('%s: a SUCCESS stays when a worker commits another end', async (serializer) => {
  const backend = await open(redis().url, { serializer });
  const options = { visibilityTimeoutMs: 60_000, leaseTimeoutMs: 30_000, connectTimeoutMs: 4_000 };
  const transport = await openTransport(redis().url, options);
  onFileEnd(() => transport.close());
  const quiet = { onWake: () => {}, onNotice: () => {} };
  const consumer = await transport.consume({ queues: ['celery'], nodeName: 'w', ...quiet });
  const commit = (id: string, status: string) => {
    const writes = [backend.write(aMeta(id, status, alike[0]))];
    return consumer.commit([{ tag: 'lost', settle: { kind: 'ack' }, writes, messages: [] }]);
  };

  for (const status of ['SUCCESS', 'FAILURE']) await commit('done', status);
  await backend.apply([backend.write(aMeta('open', 'PROGRESS', alike[0]))]);
  for (const status of ['STARTED', 'FAILURE']) await commit('open', status);

  expect((await backend.find('done'))?.status).toBe('SUCCESS');
  expect((await backend.find('open'))?.status).toBe('FAILURE');
  await consumer.close();
});

describe('with a worker whose resultSerializer is pickle', () => {
  let reader: Celery;
  const broker = () => ({ broker: redis().url, backend: redis().url });
  beforeAll(async () => {
    const settings = ['--set', 'resultSerializer=pickle', '--set', 'resultExtended=true'];
    const worker = await startWorker({ brokerUrl: redis().url, args: settings });
    onFileEnd(() => worker.stop());
    const accepted = { resultAcceptContent: ['pickle'] };
    reader = new Celery('reader', { ...broker(), resultSerializer: 'pickle', ...accepted });
  });
  afterAll(() => reader.close());

  test('results are pickles, and are heard of by their channels and by replies', async () => {
    for (let n = 0; n < 3; n += 1) {
      const results = await Promise.all(
        [1, 2, 3].map((x) => reader.sendTask('fixture.add', [x, n])),
      );

      expect(await Promise.all(results.map((each) => each.get(SOON)))).toEqual([
        1 + n,
        2 + n,
        3 + n,
      ]);
      const key = `celery-task-meta-${results[0]?.id}`;
      expect(
        await redis().cli(
          'EVAL',
          "return redis.call('GETRANGE', KEYS[1], 0, 1) == '\\128\\4' and 1 or 0",
          '1',
          key,
        ),
      ).toBe('1');
    }
  });

  test('who reads JSON is told that it is none, and does not wait for ever', async () => {
    const plain = new Celery('plain', broker());
    onFileEnd(() => plain.close());
    const result = await plain.sendTask('fixture.add', [1, 2]);

    await expect(result.get(SOON)).rejects.toMatchObject({ code: 'DECODE_FAILED' });
    await until(async () => (await reader.asyncResult(result.id).state()) === 'SUCCESS', {
      ...{ deadlineMs: 10_000, what: 'the result' },
    });
  });

  test('who does not accept pickles is told so', async () => {
    const strict = new Celery('strict', { ...broker(), resultSerializer: 'pickle' });
    onFileEnd(() => strict.close());
    const result = await strict.sendTask('fixture.add', [1, 2]);

    await expect(result.get(SOON)).rejects.toThrow("add 'pickle' to 'resultAcceptContent'");
  });
});
