import { setTimeout as sleep } from 'node:timers/promises';
import { group } from 'celeriac';
import { expect } from 'vitest';
import {
  aGate,
  ourCall,
  pushTask,
  pythonSees,
  pythonsCall,
  seenByPython,
  seenByUs,
  stored,
  weSee,
} from '../asking.ts';
import type { Row } from '../row.ts';

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
const stamped = { stamped_headers: ['batch', 'tags'], stamps: { batch: 'b1', tags: ['x', 'y'] } };
const origin = /^gen\d+@.+$/;

/** Headers of protocol 2 that say what a message is and where it is from. */
export const rows: readonly Row[] = [
  {
    name: "header 'lang'",
    notes: '`py` and `js`; neither side looks at it',
    pythonToUs: async (place) => {
      const { headers } = await place.written((queue) => place.python.call('any', [], { queue }));

      expect(headers['lang']).toBe('py');
      await expect(pythonsCall(place, 'peer.who', [])).resolves.toBe('ours');
    },
    usToPython: async (place) => {
      await expect(seenByPython(place)).resolves.toMatchObject({ lang: 'js' });
    },
  },
  {
    name: "header 'task'",
    pythonToUs: async (place) => {
      await expect(seenByUs(place)).resolves.toMatchObject({ task: 'peer.request' });
    },
    usToPython: async (place) => {
      await expect(seenByPython(place)).resolves.toMatchObject({ task: 'peer.request' });
    },
  },
  {
    name: "header 'id'",
    notes: 'a UUID, unless the sender says otherwise (`taskId`)',
    pythonToUs: async (place) => {
      const own = `own id of Python's ${Date.now()}`;
      const id = await place.python.call('peer.request', [], { queue: 'ours', task_id: own });

      expect((await seenByUs(place))['id']).toMatch(uuid);
      await expect(place.python.get(id)).resolves.toMatchObject({ id: own });
    },
    usToPython: async (place) => {
      const taskId = `own id of ours ${Date.now()}`;

      expect((await seenByPython(place))['id']).toMatch(uuid);
      await expect(seenByPython(place, { taskId })).resolves.toMatchObject({ id: taskId });
    },
  },
  {
    name: "header 'shadow'",
    notes: 'the name in the log of either worker',
    pythonToUs: async (place) => {
      const facts = await seenByUs(place, { shadow: 'their shadow' });

      expect(facts).toMatchObject({ shadow: 'their shadow', task: 'peer.request' });
      await place.worker.waitForLine(/Task their shadow\[.* received/, 5_000);
    },
    usToPython: async (place) => {
      const facts = await seenByPython(place, { shadow: 'our shadow' });

      expect(facts).toMatchObject({ shadow: 'our shadow', task: 'peer.request' });
      await place.pythonWorker.waitForLine(/Task our shadow\[.* received/, 5_000);
    },
  },
  {
    name: "header 'group', header 'group_index'",
    notes: 'Celery 5.2 numbers the parts of a chord only, 5.6 and we those of every group',
    pythonToUs: async (place) => {
      const part = "sig('peer.request').set(queue='ours')";
      const sent = await place.python.apply(`group(${part}, ${part})`);

      const whole = { groupId: sent, groupIndex: null };
      await expect(place.python.get(sent)).resolves.toMatchObject([whole, whole]);
      const options = { group_id: 'a group', group_index: 3 };
      await expect(seenByUs(place, options)).resolves.toMatchObject({
        ...{ groupId: 'a group', groupIndex: 3 },
      });
    },
    usToPython: async ({ app }) => {
      const one = app.signature('peer.request', [], { queue: 'python' });
      const sent = await group([one, one]).applyAsync();

      await expect(sent.get({ timeout: 20 })).resolves.toMatchObject([
        { group: sent.id, group_index: 0 },
        { group: sent.id, group_index: 1 },
      ]);
    },
  },
  {
    name: "header 'root_id', header 'parent_id'",
    notes: 'of a task that a task of the other language has sent',
    pythonToUs: async (place) => {
      const { app } = place;
      const parent = await app.sendTask('peer.spawn', ['peer.request', 'ours'], {
        queue: 'python',
      });
      const child = (await parent.get({ timeout: 20 })) as string;

      const facts = await app.asyncResult(child).get({ timeout: 20 });
      expect(facts).toMatchObject({ id: child, rootId: parent.id, parentId: parent.id });
      await expect(seenByUs(place)).resolves.toMatchObject({ parentId: null });
    },
    usToPython: async (place) => {
      const { python } = place;
      const options = { queue: 'ours' };
      const parent = await python.call('peer.spawn', ['peer.request', 'python'], options);
      const child = (await python.get(parent)) as string;

      const facts = await python.get(child);
      expect(facts).toMatchObject({ id: child, root_id: parent, parent_id: parent });
      await expect(seenByPython(place)).resolves.toMatchObject({ parent_id: null });
    },
  },
  {
    name: "header 'timelimit'",
    notes: 'the hard limit first; what comes of it is the next row',
    pythonToUs: async (place) => {
      const options = { time_limit: 30, soft_time_limit: 20.5 };

      await expect(seenByUs(place, options)).resolves.toMatchObject({ timelimit: [30, 20.5] });
      await expect(seenByUs(place)).resolves.toMatchObject({ timelimit: [null, null] });
    },
    usToPython: async (place) => {
      const options = { timeLimit: 30, softTimeLimit: 20.5 };

      await expect(seenByPython(place, options)).resolves.toMatchObject({ timelimit: [30, 20.5] });
      await expect(seenByPython(place)).resolves.toMatchObject({ timelimit: [null, null] });
    },
  },
  {
    name: 'a time limit ends the task',
    notes: '`time_limit` and `soft_time_limit`, `timeLimit` and `softTimeLimit`',
    pythonToUs: {
      cannot: 'our worker tells the task of its limits and does not end it yet',
      async proof(place) {
        const gate = aGate();
        const options = { time_limit: 0.2, soft_time_limit: 0.1, queue: 'ours' };
        const id = await place.python.call('peer.held', [gate.path], options);
        await pythonSees(place, id, 'STARTED');
        await sleep(250);

        gate.open();
        await expect(place.python.get(id)).resolves.toBe('at once');
      },
    },
    usToPython: {
      cannot:
        "the solo pool of these tests ends no task; Celery's documentation names prefork among those that do",
      async proof(place) {
        const gate = aGate();
        const options = { timeLimit: 0.2, softTimeLimit: 0.1, queue: 'python' };
        const sent = await place.app.sendTask('peer.held', [gate.path], options);
        await weSee(sent, 'STARTED');
        await sleep(250);

        gate.open();
        await expect(sent.get({ timeout: 20 })).resolves.toBe('at once');
      },
    },
  },
  {
    name: "header 'origin'",
    notes: '`gen<pid>@<host>` of the sender',
    pythonToUs: async (place) => {
      expect((await seenByUs(place))['origin']).toMatch(origin);
    },
    usToPython: async (place) => {
      const seen = (await seenByPython(place))['origin'];

      expect(seen).toMatch(origin);
      expect(seen).toContain(`gen${process.pid}@`);
    },
  },
  {
    name: "header 'ignore_result': true",
    notes: 'nothing is stored',
    pythonToUs: async (place) => {
      const id = await place.python.call('peer.who', [], { queue: 'ours', ignore_result: true });

      await place.worker.waitForLine(new RegExp(`peer.who\\[${id}\\] succeeded`), 10_000);
      // the next one is settled after it
      await expect(pythonsCall(place, 'peer.who', [])).resolves.toBe('ours');
      await expect(stored(place, id)).resolves.toBeUndefined();
    },
    usToPython: async (place) => {
      const options = { queue: 'python', ignoreResult: true };
      const { id } = await place.app.sendTask('peer.who', [], options);

      await expect(ourCall(place, 'peer.who', [])).resolves.toBe('python');
      await place.pythonWorker.waitForLine(new RegExp(`peer.who\\[${id}\\] succeeded`), 10_000);
      await expect(stored(place, id)).resolves.toBeUndefined();
    },
  },
  {
    name: "header 'ignore_result': false, for a task that has its results ignored",
    notes: 'our worker takes the word of the call, as Celery 5.6 does',
    pythonToUs: async (place) => {
      const options = { ignore_result: false };

      await expect(pythonsCall(place, 'peer.quiet', [], options)).resolves.toBe('unheard');
    },
    usToPython: {
      cannot: "Celery 5.2's worker goes by its task alone",
      proof: async (place) => {
        const options = { queue: 'python', ignoreResult: false };
        const { id } = await place.app.sendTask('peer.quiet', [], options);

        await expect(ourCall(place, 'peer.who', [])).resolves.toBe('python');
        await place.pythonWorker.waitForLine(new RegExp(`peer.quiet\\[${id}\\] succeeded`), 10_000);
        await expect(stored(place, id)).resolves.toBeUndefined();
      },
    },
  },
  {
    name: "headers of one's own: header 'my', header 'n'",
    notes: 'in Python they are attributes of the request',
    pythonToUs: async (place) => {
      const headers = { my: 'x', n: 1, deep: { list: [1, null] } };

      const facts = await seenByUs(place, { headers });
      expect(facts['headers']).toEqual(headers);
    },
    usToPython: async (place) => {
      const headers = { my: 'x', n: 1, deep: { list: [1, null] } };

      await expect(seenByPython(place, { headers })).resolves.toMatchObject(headers);
    },
  },
  {
    name: "header 'stamped_headers', header 'stamps'",
    notes: 'Celery 5.2 has no stamps; a message as 5.6 writes it is carried through',
    pythonToUs: async (place) => {
      const id = await pushTask(place, 'ours', {
        task: 'peer.request',
        args: [],
        headers: stamped,
      });

      await expect(place.python.get(id)).resolves.toMatchObject({
        ...{ stampedHeaders: ['batch', 'tags'], stamps: { batch: 'b1', tags: ['x', 'y'] } },
      });
    },
    usToPython: async (place) => {
      await expect(seenByPython(place)).resolves.toMatchObject({
        ...{ stamped_headers: null, stamps: {} },
      });
      // the next try is a message of ours
      const message = { task: 'peer.again', args: ['python'], headers: stamped };
      const id = await pushTask(place, 'ours', message);
      await expect(place.python.get(id)).resolves.toMatchObject({ retries: 1, ...stamped });
    },
  },
  {
    name: 'stamps after a retry',
    pythonToUs: async (place) => {
      const message = { task: 'peer.again', args: ['ours'], headers: stamped };
      const id = await pushTask(place, 'ours', message);

      await expect(place.python.get(id)).resolves.toMatchObject({
        ...{ retries: 1, stampedHeaders: ['batch', 'tags'], stamps: stamped.stamps },
      });
    },
    usToPython: {
      cannot: "Celery 5.2's retry leaves out headers that it does not know",
      proof: async (place) => {
        const message = { task: 'peer.again', args: ['python'], headers: stamped };
        const id = await pushTask(place, 'python', message);

        const facts = await place.python.get(id);
        expect(facts).toMatchObject({ retries: 1 });
        expect(facts).not.toHaveProperty('stamps');
      },
    },
  },
  {
    name: "header 'replaced_task_nesting'",
    notes: 'Celery 5.2 does not send it; it is 0 then',
    pythonToUs: async (place) => {
      const headers = { replaced_task_nesting: 2 };
      const id = await pushTask(place, 'ours', { task: 'peer.request', args: [], headers });

      await expect(place.python.get(id)).resolves.toMatchObject({ replacedTaskNesting: 2 });
      await expect(seenByUs(place)).resolves.toMatchObject({ replacedTaskNesting: 0 });
    },
    usToPython: async (place) => {
      const headers = { replaced_task_nesting: 2 };
      const message = { task: 'peer.again', args: ['python'], headers };

      await expect(seenByPython(place)).resolves.toMatchObject({ replaced_task_nesting: 0 });
      const id = await pushTask(place, 'ours', message);
      await expect(place.python.get(id)).resolves.toMatchObject(headers);
    },
  },
];
