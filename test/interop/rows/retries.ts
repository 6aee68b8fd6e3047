import { expect } from 'vitest';
import {
  errorOf,
  ourCall,
  pythonSees,
  pythonsCall,
  retriedByUs,
  stored,
  untilBothRan,
  weSee,
} from '../asking.ts';
import type { Row } from '../row.ts';

/** Who has made the last try of one that is tried again three times. */
async function lastOf(call: Promise<unknown>): Promise<string> {
  const [tries, who] = (await call) as [number, string];
  expect(tries).toBe(3);
  return who;
}

/** Tries that follow the first, of one side, of the other, and of both in turn. */
export const rows: readonly Row[] = [
  {
    name: "header 'retries', header 'eta': a task that is tried again",
    notes: 'the same id; each try may be had by either worker',
    pythonToUs: async (place) => {
      await expect(pythonsCall(place, 'peer.flaky', [2])).resolves.toEqual([2, 'ours']);

      const { headers } = await retriedByUs(place, null);
      expect(headers).toMatchObject({ retries: 1, eta: expect.stringMatching(/\+00:00$/) });
    },
    usToPython: async (place) => {
      await expect(ourCall(place, 'peer.flaky', [2])).resolves.toEqual([2, 'python']);
    },
    together: (place) =>
      untilBothRan('made a last try', {
        send: () => [
          lastOf(pythonsCall(place, 'peer.flaky', [3], { queue: 'both' })),
          lastOf(ourCall(place, 'peer.flaky', [3], { queue: 'both' })),
        ],
      }),
  },
  {
    name: 'a next try for the other language',
    notes:
      'sent to a queue of the other worker: same id, root and arguments, the task itself as parent',
    pythonToUs: async (place) => {
      const id = await place.python.call('peer.again', ['python'], { queue: 'ours' });

      await expect(place.python.get(id)).resolves.toMatchObject({
        ...{ id, root_id: id, parent_id: id, retries: 1, args: ['python'], lang: 'js' },
      });
    },
    usToPython: async (place) => {
      const sent = await place.app.sendTask('peer.again', ['ours'], { queue: 'python' });

      const { id } = sent;
      await expect(sent.get({ timeout: 20 })).resolves.toMatchObject({
        ...{ id, rootId: id, parentId: id, retries: 1, args: ['ours'], queue: 'ours' },
      });
    },
  },
  {
    name: 'state RETRY, with the error that is the reason',
    pythonToUs: async (place) => {
      const id = await place.python.call('peer.later', [], { queue: 'ours' });
      await pythonSees(place, id, 'RETRY');

      await expect(place.python.evaluate(`repr(result_of('${id}').result)`)).resolves.toBe(
        "RangeError('busy')",
      );
      expect(await stored(place, id)).toMatchObject({
        ...{ result: { exc_type: 'RangeError', exc_message: ['busy'] }, date_done: null },
        traceback: expect.stringContaining('busy'),
      });
    },
    usToPython: async (place) => {
      const sent = await place.app.sendTask('peer.later', [], { queue: 'python' });
      await weSee(sent, 'RETRY');

      await expect(sent.ready()).resolves.toBe(false);
      await expect(sent.info()).resolves.toMatchObject({
        remote: { type: 'ValueError', args: ['busy'] },
      });
    },
  },
  {
    name: 'no tries left',
    notes: 'MaxRetriesExceededError in both languages',
    pythonToUs: async (place) => {
      await expect(pythonsCall(place, 'peer.hopeless', [null])).rejects.toMatchObject({
        type: 'MaxRetriesExceededError',
      });
    },
    usToPython: async (place) => {
      const sent = await place.app.sendTask('peer.hopeless', [null], { queue: 'python' });

      await expect(errorOf(sent)).resolves.toMatchObject({
        remote: { type: 'MaxRetriesExceededError', module: 'celery.exceptions' },
      });
    },
  },
  {
    name: 'no tries left, with an error that says why',
    pythonToUs: async (place) => {
      await expect(pythonsCall(place, 'peer.hopeless', ['still so'])).rejects.toMatchObject({
        ...{ type: 'RangeError', message: 'RangeError: still so' },
      });
    },
    usToPython: async (place) => {
      const sent = await place.app.sendTask('peer.hopeless', ['still so'], { queue: 'python' });

      await expect(errorOf(sent)).resolves.toMatchObject({
        remote: { type: 'ValueError', args: ['still so'] },
      });
    },
  },
  {
    name: 'tries that follow by themselves',
    notes: '`autoretry_for`, `autoretryFor`',
    pythonToUs: async (place) => {
      await expect(pythonsCall(place, 'peer.auto', [2])).resolves.toBe(2);
      await expect(pythonsCall(place, 'peer.auto', [9])).rejects.toMatchObject({
        ...{ type: 'RangeError', message: 'RangeError: try 3' },
      });
    },
    usToPython: async (place) => {
      await expect(ourCall(place, 'peer.auto', [2])).resolves.toBe(2);
      const sent = await place.app.sendTask('peer.auto', [9], { queue: 'python' });
      await expect(errorOf(sent)).resolves.toMatchObject({
        remote: { type: 'ValueError', args: ['try 3'] },
      });
    },
  },
  {
    name: "headers of one's own after a retry",
    pythonToUs: async (place) => {
      const headers = { my: 'x', n: 1 };

      const next = await retriedByUs(place, null, { headers });
      expect(next.headers).toMatchObject(headers);
    },
    usToPython: {
      cannot: "Celery 5.2's retry leaves out headers that it does not know",
      proof: async (place) => {
        const headers = { my: 'x' };
        const facts = await ourCall(place, 'peer.again', ['python'], { headers });

        expect(facts).toMatchObject({ retries: 1 });
        expect(facts).not.toHaveProperty('my');
      },
    },
  },
  {
    name: "shadow, time limits, priority and 'reply_to' after a retry",
    pythonToUs: async (place) => {
      const options = { shadow: 'name', time_limit: 30, priority: 5, reply_to: 'me' };

      await expect(pythonsCall(place, 'peer.again', ['ours'], options)).resolves.toMatchObject({
        ...{ retries: 1, shadow: 'name', timelimit: [30, null], priority: 5, replyTo: 'me' },
      });
    },
    usToPython: async (place) => {
      const options = { shadow: 'name', timeLimit: 30, priority: 5 };

      await expect(ourCall(place, 'peer.again', ['python'], options)).resolves.toMatchObject({
        ...{ retries: 1, shadow: 'name', timelimit: [30, null], delivery_info: { priority: 5 } },
        reply_to: place.app.replyTo,
      });
    },
  },
  {
    name: 'what a retry changes: queue, priority and headers',
    notes: 'taken over by the worker of the other language',
    pythonToUs: async (place) => {
      const options = { headers: { my: 'x' } };

      await expect(pythonsCall(place, 'peer.moved', ['python'], options)).resolves.toMatchObject({
        ...{ retries: 1, my: 'x', 'x-why': 'slow' },
        delivery_info: { routing_key: 'python', priority: 9 },
      });
    },
    usToPython: async (place) => {
      await expect(ourCall(place, 'peer.moved', ['ours'])).resolves.toMatchObject({
        ...{ retries: 1, headers: { 'x-why': 'slow' }, queue: 'ours', priority: 9 },
      });
    },
  },
  {
    name: 'a retry of a task that expires',
    pythonToUs: async (place) => {
      const options = { expires: 60 };

      await expect(pythonsCall(place, 'peer.again', ['ours'], options)).resolves.toMatchObject({
        ...{ retries: 1, expires: expect.stringMatching(/Z$/) },
      });
    },
    usToPython: {
      cannot:
        'Celery 5.2 compares the text of the time with a number, whoever sent it, and drops the task',
      proof: async (place) => {
        const options = { queue: 'python', expires: 60 };
        const { id } = await place.app.sendTask('peer.again', ['python'], options);
        const theirs = await place.python.call('peer.again', ['python'], options);

        for (const each of [id, theirs]) {
          await place.pythonWorker.waitForLine(new RegExp(`${each}\\] raised unexpected`), 10_000);
          await expect(stored(place, each)).resolves.toBeUndefined();
        }
      },
    },
  },
];
