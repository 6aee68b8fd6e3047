import { expect, test } from 'vitest';
import { aContext, anApp, recordedIo } from '../../../test/support/cli.ts';
import { type PurgeFlags, purge } from './purge.ts';

const flags: PurgeFlags = { queues: [], force: false, json: false };

function anAppWith(waiting: Record<string, number>) {
  const purged: string[] = [];
  const transport = {
    purge: async (queue: string) => {
      purged.push(queue);
      return waiting[queue] ?? 0;
    },
  };
  return { purged, app: anApp({ transport: async () => transport }) };
}

test('it asks, and after a yes deletes and says how many', async () => {
  const { purged, app } = anAppWith({ celery: 3 });
  const io = recordedIo(true);

  const code = await purge.run(aContext(flags, { io, app }));

  expect([code, purged, io.printed]).toEqual([0, ['celery'], ['celery: 3 deleted']]);
  expect(io.questions.join()).toContain('Delete all waiting messages of celery?');
});

test('after a no it deletes nothing and fails', async () => {
  const { purged, app } = anAppWith({ celery: 3 });
  const io = recordedIo(false);

  expect(await purge.run(aContext(flags, { io, app }))).toBe(1);
  expect(purged).toEqual([]);
});

test('with nobody to ask it is refused, and tells how to force it', async () => {
  const { purged, app } = anAppWith({ celery: 3 });
  const io = recordedIo();

  expect(await purge.run(aContext(flags, { io, app }))).toBe(2);
  expect(purged).toEqual([]);
  expect(io.problems.join()).toContain('--force');
});

test('--force asks nobody, and every queue is emptied once', async () => {
  const { purged, app } = anAppWith({ a: 1, b: 2 });
  const io = recordedIo();
  const options = { ...flags, queues: ['a', 'b', 'a'], force: true };

  const code = await purge.run(aContext(options, { io, app }));

  expect([code, purged]).toEqual([0, ['a', 'b']]);
  expect(io.printed).toEqual(['a: 1 deleted', 'b: 2 deleted']);
});

test('--json prints the numbers by queue', async () => {
  const { app } = anAppWith({ celery: 3 });
  const io = recordedIo();

  await purge.run(aContext({ ...flags, force: true, json: true }, { io, app }));

  expect(JSON.parse(io.printed.join())).toEqual({ celery: 3 });
});
