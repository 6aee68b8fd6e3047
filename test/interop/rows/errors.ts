import { expect } from 'vitest';
import { errorOf, ourCall, pythonsCall, stored, told, untilBothRan } from '../asking.ts';
import type { Place } from '../place.ts';
import type { Row } from '../row.ts';

/** Has Python's client send what fails, and waits until it has. @returns the task's id. */
async function failedByUs({ python }: Place, task: string, args: unknown[] = []): Promise<string> {
  const id = await python.call(task, args, { queue: 'ours' });
  await expect(python.get(id)).rejects.toThrow();
  return id;
}

/** Has our client send what fails, and waits until it has. @returns what it failed with. */
async function failedByPython(place: Place, task: string, args: unknown[] = []): Promise<unknown> {
  return errorOf(await place.app.sendTask(task, args, { queue: 'python' }));
}

/** What Python's client has for an error: its class, its arguments, and whether it is an exception. */
async function errorInPython({ python }: Place, id: string): Promise<unknown> {
  return python.evaluate(
    `(lambda e: [type(e).__name__, list(e.args), isinstance(e, Exception)])(result_of('${id}').result)`,
  );
}

/** The type that an error has for either client. */
async function typeInBoth(place: Place, id: string): Promise<string> {
  const [type, args] = (await errorInPython(place, id)) as [string, unknown[]];
  const error = await errorOf(place.app.asyncResult(id));
  expect(error).toMatchObject({ remote: { type, args } });
  return type;
}

/** How a task ends that does not return. */
export const rows: readonly Row[] = [
  {
    name: 'error: type, module and arguments',
    pythonToUs: async (place) => {
      const id = await failedByUs(place, 'peer.fail', ['too far']);

      await expect(place.python.state(id)).resolves.toBe('FAILURE');
      await expect(stored(place, id)).resolves.toMatchObject({
        result: { exc_type: 'RangeError', exc_message: ['too far'], exc_module: 'celeriac' },
      });
      await expect(errorInPython(place, id)).resolves.toEqual([
        ...['RangeError', ['too far'], true],
      ]);
    },
    usToPython: async (place) => {
      await expect(failedByPython(place, 'peer.fail', ['boom', 42])).resolves.toMatchObject({
        name: 'TaskFailedError',
        remote: { type: 'ValueError', module: 'builtins', args: ['boom', 42] },
      });
    },
    together: async (place) => {
      const { app, python } = place;
      const theirs = async () => {
        const id = await python.call('peer.fail', ['x'], { queue: 'both' });
        await expect(python.get(id)).rejects.toThrow('x');
        return typeInBoth(place, id);
      };
      const ours = async () => {
        const sent = await app.sendTask('peer.fail', ['x'], { queue: 'both' });
        await errorOf(sent);
        return typeInBoth(place, sent.id);
      };

      await untilBothRan('failed', { send: () => [theirs(), ours()] });
    },
  },
  {
    name: 'error: traceback, as text',
    pythonToUs: async (place) => {
      const id = await failedByUs(place, 'peer.fail', ['too far']);

      const { traceback } = await told(place, id, 'traceback');
      expect(traceback).toMatch(/^RangeError: too far\n {4}at .*peer\.ts/);
    },
    usToPython: async (place) => {
      const error = await failedByPython(place, 'peer.fail', ['boom']);

      expect(error).toMatchObject({
        remote: { traceback: expect.stringMatching(/^Traceback .*raise ValueError/s) },
      });
    },
  },
  {
    name: 'error: cause',
    notes: 'a part of the traceback; nothing else of it is stored',
    pythonToUs: async (place) => {
      const id = await failedByUs(place, 'peer.caused', ['above']);

      const { traceback } = await told(place, id, 'traceback');
      expect(traceback).toMatch(/RangeError: above.*TypeError: what lay beneath/s);
    },
    usToPython: async (place) => {
      const error = await failedByPython(place, 'peer.caused', ['above']);

      expect(error).toMatchObject({
        ...{ remote: { traceback: expect.stringMatching(/what lay beneath.*direct cause/s) } },
      });
    },
  },
  {
    name: 'error: a class that one side alone has',
    notes:
      'Python makes a class of that name, we have a TaskFailedError that tells it; nothing is imported',
    pythonToUs: async (place) => {
      const id = await failedByUs(place, 'peer.own', ['mine']);

      await expect(errorInPython(place, id)).resolves.toEqual([...['OnlyHere', ['mine'], true]]);
    },
    usToPython: async (place) => {
      await expect(failedByPython(place, 'peer.own', ['mine'])).resolves.toMatchObject({
        remote: { type: 'OnlyHere', module: 'peer', args: ['mine'] },
      });
    },
  },
  {
    name: "error: one of Celery's own",
    notes:
      'Python catches ours as its own: MaxRetriesExceededError, NotRegistered, WorkerLostError, …',
    pythonToUs: async (place) => {
      const id = await failedByUs(place, 'peer.known');

      await expect(
        place.python.evaluate(
          `isinstance(result_of('${id}').result, __import__('celery').exceptions.MaxRetriesExceededError)`,
        ),
      ).resolves.toBe(true);
    },
    usToPython: async (place) => {
      await expect(failedByPython(place, 'peer.known')).resolves.toMatchObject({
        remote: { type: 'MaxRetriesExceededError', module: 'celery.exceptions' },
      });
    },
  },
  {
    name: 'error: arguments that do not fit',
    notes: 'a TypeError of either language is one in the other',
    pythonToUs: async (place) => {
      const kwargs = { volume: 1 };

      await expect(pythonsCall(place, 'peer.greet', ['Ann'], { kwargs })).rejects.toMatchObject({
        ...{ type: 'TypeError', message: expect.stringContaining("'volume'") },
      });
      await expect(pythonsCall(place, 'peer.greet', [])).rejects.toMatchObject({
        ...{ type: 'TypeError', message: expect.stringContaining("'name'") },
      });
    },
    usToPython: async (place) => {
      const kwargs = { volume: 1 };

      await expect(ourCall(place, 'peer.greet', ['Ann'], { kwargs })).rejects.toMatchObject({
        remote: { type: 'TypeError', args: [expect.stringContaining("'volume'")] },
      });
      await expect(failedByPython(place, 'peer.greet')).resolves.toMatchObject({
        remote: { type: 'TypeError', args: [expect.stringContaining("'name'")] },
      });
    },
  },
  {
    name: 'error: no such task',
    notes:
      'our worker puts the message back for others for ten minutes, then fails it with NotRegistered',
    pythonToUs: async (place) => {
      const id = await place.python.call('peer.nobody', [], { queue: 'ours' });

      await place.worker.waitForLine(
        new RegExp(`peer.nobody\\[${id}\\] is not registered here`),
        10_000,
      );
      await expect(place.python.state(id)).resolves.toBe('PENDING');
    },
    usToPython: async (place) => {
      await expect(failedByPython(place, 'peer.nobody')).resolves.toMatchObject({
        remote: { type: 'NotRegistered', module: 'celery.exceptions', args: ['peer.nobody'] },
      });
    },
    together: {
      cannot:
        "Python's worker drops what it does not know, so both must know the tasks of a queue that they share",
    },
  },
  {
    name: 'Ignore',
    notes: 'nothing is stored',
    pythonToUs: async (place) => {
      const id = await place.python.call('peer.ignored', [], { queue: 'ours' });

      await place.worker.waitForLine(new RegExp(`peer.ignored\\[${id}\\] ignored`), 10_000);
      await expect(pythonsCall(place, 'peer.who', [])).resolves.toBe('ours');
      await expect(place.python.state(id)).resolves.toBe('PENDING');
    },
    usToPython: async (place) => {
      const sent = await place.app.sendTask('peer.ignored', [], { queue: 'python' });

      await expect(ourCall(place, 'peer.who', [])).resolves.toBe('python');
      await place.pythonWorker.waitForLine(
        new RegExp(`peer.ignored\\[${sent.id}\\] received`),
        10_000,
      );
      await expect(sent.state()).resolves.toBe('PENDING');
    },
  },
  {
    name: 'Reject',
    notes:
      'our worker keeps the message among its dead letters and fails the task, as Celery 5.6 does; 5.2 drops it without a result',
    pythonToUs: async (place) => {
      const id = await place.python.call('peer.rejected', [], { queue: 'ours' });

      await expect(place.python.get(id)).rejects.toMatchObject({ type: 'Reject' });
      const dead = await place.redis.cli('LINDEX', 'ours.dead', '0');
      expect(dead).toContain(id);
    },
    usToPython: async (place) => {
      const sent = await place.app.sendTask('peer.rejected', [], { queue: 'python' });

      await expect(ourCall(place, 'peer.who', [])).resolves.toBe('python');
      await place.pythonWorker.waitForLine(
        new RegExp(`peer.rejected\\[${sent.id}\\] received`),
        10_000,
      );
      await expect(sent.state()).resolves.toBe('PENDING');
    },
  },
];
