import { fileURLToPath } from 'node:url';
import { Worker } from 'celeriac/worker';
import { expect, test } from 'vitest';
import { rewireApp } from '../../dist/app/index.js';
import { openBackend, type ResultBackend } from '../../dist/backends/index.js';

const TASKS = fileURLToPath(new URL('../fixtures/chords.ts', import.meta.url));
const url = 'memory://chords-polled';

/** One that keeps results, and counts no parts of chords. */
function withoutCounting(backend: ResultBackend): ResultBackend {
  return new Proxy(backend, {
    get: (target, name) => {
      if (name === 'chords') return undefined;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

test('a chord that is sent from a thread ends where nothing counts, by a task that looks for its parts', async () => {
  Object.assign(process.env, { CELERY_BROKER_URL: url, CELERY_RESULT_BACKEND: url });
  const { app, nested } = await import('../fixtures/chords.ts');
  const sent: string[] = [];
  rewireApp(app, () => ({}), {
    openers: { openBackend: async (...terms) => withoutCounting(await openBackend(...terms)) },
  });
  const transport = await app.transport();
  const publish = transport.publish.bind(transport);
  transport.publish = (messages, ...more) => {
    sent.push(...messages.map(({ headers }) => String(headers['task'])));
    return publish(messages, ...more);
  };
  const worker = new Worker({ apps: [app], module: TASKS, pool: 'threads', concurrency: 1 });
  await worker.start();
  try {
    const id = await (await nested.delay(2)).get({ timeout: 20 });

    expect(await app.asyncResult(id).get({ timeout: 20 })).toBe(3);
    expect(sent.slice(1)).toEqual(['celery.chord_unlock', 'chords.add', 'chords.add']);
  } finally {
    await worker.stop();
  }
});
