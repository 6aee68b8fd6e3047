import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ResultReader } from '../backends/index.ts';
import { group, Signature } from '../canvas/index.ts';
import { MessageUnroutableError } from '../errors.ts';
import type { ChordCount, OutgoingMessage, ResultTuple, SignatureData } from '../protocol/index.ts';
import type { Transport } from '../transports/index.ts';
import { Celery } from './celery.ts';
import type { CeleryOptions } from './celery-options.ts';
import { runtime, setRuntime } from './runtime.ts';

const before = runtime();
let done: string[];

beforeEach(() => {
  done = [];
});
afterEach(() => setRuntime(before));

/** An app whose stores note what is done in them; `open` takes the place of the opening of chords. */
function anApp(settings: CeleryOptions = {}, open?: (signal?: AbortSignal) => Promise<void>) {
  const transport = {
    publish: async (messages: readonly OutgoingMessage[]) => {
      if (messages.some(({ queue }) => queue === 'none')) throw new MessageUnroutableError('', '');
      done.push(`publish ${messages.length}`);
    },
    close: async () => {},
  } as unknown as Transport;
  const reader = {
    chords: {
      open: async (chords: readonly ChordCount[]) => {
        await open?.();
        done.push(`open ${chords.map(({ size }) => size)}`);
      },
    },
    groups: {
      save: async ([, children]: ResultTuple) => void done.push(`save ${children?.length}`),
    },
    close: async () => {},
  } as unknown as ResultReader;
  setRuntime({ ...before, openTransport: async () => transport, openBackend: async () => reader });
  const app = new Celery('orders', {
    ...{ broker: 'redis://', backend: 'redis://:secret@results', ...settings },
  });
  const add = (...args: number[]) => app.signature('orders.add', args);
  return { app, add };
}

type App = ReturnType<typeof anApp>;

function chordOf({ app, add }: App, header: readonly SignatureData[]): Signature<[], unknown> {
  const { data } = add();
  const kwargs = { kwargs: {}, header, body: data };
  return new Signature({ ...data, task: 'celery.chord', subtask_type: 'chord', kwargs }, app);
}

function wide(size: number, { add }: App): readonly SignatureData[] {
  return Array.from({ length: size }, (_none, at) => add(at, 1).data);
}

test('the size of a chord is known before any of its messages is sent', async () => {
  const app = anApp();

  await chordOf(app, wide(3, app)).applyAsync();

  expect(done).toEqual(['open 3', 'publish 3']);
});

test('many chords are opened together, and what else is sent with them goes along', async () => {
  const app = anApp();

  await app.app.sendMany([chordOf(app, wide(2, app)), app.add(1, 2), chordOf(app, wide(4, app))]);

  expect(done).toEqual(['open 2,4', 'publish 7']);
});

test('a header with groups in it is saved as a group', async () => {
  const app = anApp();
  const inner = group([app.add(1), app.add(2)]).data;
  const first = app.add(1, 1).data;
  const chained = {
    ...{ ...first, task: 'celery.chain', subtask_type: 'chain' },
    kwargs: { tasks: [first, inner] },
  };

  await chordOf(app, [chained, app.add(3, 3).data]).applyAsync();

  expect(done.slice(0, -1).sort()).toEqual(['open 3', 'save 2']);
  expect(done.at(-1)).toBe('publish 2');
});

test('what needs no chord opens none', async () => {
  const app = anApp();

  await app.add(1, 2).applyAsync();
  await group([app.add(1), app.add(2)]).applyAsync();

  expect(done).toEqual(['publish 1', 'publish 2']);
});

test('without results there are no chords', async () => {
  const app = anApp({ backend: null });

  await expect(chordOf(app, wide(2, app)).applyAsync()).rejects.toMatchObject({
    code: 'BACKEND_MISSING',
  });
  expect(done).toEqual([]);
});

test('what has no form is found out before a chord is opened', async () => {
  const app = anApp();
  const odd = { ...app.add().data, args: [Symbol('odd')] };

  await expect(chordOf(app, [odd, odd]).applyAsync()).rejects.toMatchObject({
    code: 'ENCODE_FAILED',
  });
  expect(done).toEqual([]);
});

test('a backend that does not answer ends the send at its deadline, and nothing goes out', async () => {
  const app = anApp({}, () => new Promise(() => {}));

  const sending = chordOf(app, wide(2, app)).applyAsync({ deadline: 0.01 });

  await expect(sending).rejects.toMatchObject({ code: 'SEND_TIMEOUT' });
  await expect(sending).rejects.not.toThrow('secret');
  expect(done).toEqual([]);
});

test('a send that is given up while its chord is opened sends nothing', async () => {
  const leaving = new AbortController();
  const reason = new Error('the user has left');
  const app = anApp({}, async () => leaving.abort(reason));

  const sending = chordOf(app, wide(2, app)).applyAsync({ signal: leaving.signal });

  await expect(sending).rejects.toBe(reason);
  expect(done).toEqual(['open 2']);
});

test('closing waits for a chord that is being sent, though nothing is open yet', async () => {
  const app = anApp({}, () => new Promise((resolve) => setImmediate(resolve)));

  const sending = chordOf(app, wide(2, app)).applyAsync();
  await app.app.close();

  expect(done).toEqual(['open 2', 'publish 2']);
  await sending;
});

test('a backend that does not open ends the send at its deadline, or when it is given up', async () => {
  const app = anApp();
  setRuntime({ ...runtime(), openBackend: () => new Promise(() => {}) });
  const signal = AbortSignal.abort(new Error('the user has left'));

  const chord = chordOf(app, wide(2, app));
  const left = expect(chord.applyAsync({ signal })).rejects.toThrow('the user has left');
  const sending = chord.applyAsync({ deadline: 0.01 });

  await expect(sending).rejects.toMatchObject({ code: 'SEND_TIMEOUT' });
  await left;
  expect(done).toEqual([]);
});

test('what cannot be sent fails nobody else who sends in the same turn, also if the app is closed then', async () => {
  const app = anApp();
  const bad = app.add(1).set({ queue: 'none' });

  const sending = [app.add(1), chordOf(app, wide(2, app)), bad].map((each) => each.applyAsync());
  const sent = Promise.allSettled(sending);
  await app.app.close();

  expect(done.sort()).toEqual(['open 2', 'publish 1', 'publish 2']);
  expect((await sent).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
});
