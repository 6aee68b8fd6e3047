import { randomUUID } from 'node:crypto';
import { chain } from 'celeriac';
import { expect } from 'vitest';
import { found, idOf, ours, py, sent } from '../crossing.ts';
import { eventually } from '../place.ts';
import type { Row } from '../row.ts';

const links: Row[] = [
  {
    name: 'link',
    notes: 'the callback is a task of the other language',
    async pythonToUs(place) {
      const id = randomUUID();
      await sent(place, "ours('add', 1, 2)", `link=py('add', 10, task_id='${id}')`);
      await expect(place.python.get(id)).resolves.toBe(13);
    },
    async usToPython(place) {
      const link = ours(place, 'add', [10], { taskId: randomUUID() });
      await py(place, 'add', [1, 2]).applyAsync({ link });
      await expect(found(place, idOf(link))).resolves.toBe(13);
    },
  },
  {
    name: 'link, immutable',
    async pythonToUs(place) {
      const id = randomUUID();
      const link = `py('add', 10, 20, task_id='${id}', immutable=True)`;
      await sent(place, "ours('add', 1, 2)", `link=${link}`);
      await expect(place.python.get(id)).resolves.toBe(30);
    },
    async usToPython(place) {
      const link = ours(place, 'add', [10, 20], { taskId: randomUUID(), immutable: true });
      await py(place, 'add', [1, 2]).applyAsync({ link });
      await expect(found(place, idOf(link))).resolves.toBe(30);
    },
  },
  {
    name: 'link, several',
    notes: 'each gets the result; those that are tasks are sent as one group',
    async pythonToUs(place) {
      const ids = [randomUUID(), randomUUID()];
      const list = `[py('add', 10, task_id='${ids[0]}'), ours('add', 20, task_id='${ids[1]}')]`;
      await sent(place, "ours('add', 1, 2)", `link=${list}`);
      await expect(place.python.get(ids[0] ?? '')).resolves.toBe(13);
      await expect(place.python.get(ids[1] ?? '')).resolves.toBe(23);
    },
    async usToPython(place) {
      const link = [
        py(place, 'add', [10], { taskId: randomUUID() }),
        ours(place, 'add', [20], { taskId: randomUUID() }),
      ];
      await py(place, 'add', [1, 2]).applyAsync({ link });
      await expect(Promise.all(link.map((each) => found(place, idOf(each))))).resolves.toEqual([
        ...[13, 23],
      ]);
    },
  },
];

const errbacks: Row[] = [
  {
    name: 'link_error, old style `errback(task_id)`',
    notes: 'in either language, whichever worker the errback is registered with',
    async pythonToUs(place) {
      const ids = [randomUUID(), randomUUID()];
      const list = `[py('oldErrback', task_id='${ids[0]}'), ours('oldErrback', task_id='${ids[1]}')]`;
      const failed = await sent(place, "ours('fail')", `link_error=${list}`);
      for (const id of ids) await expect(place.python.get(id)).resolves.toBe(`told of ${failed}`);
    },
    async usToPython(place) {
      const linkError = [
        py(place, 'oldErrback', [], { taskId: randomUUID() }),
        ours(place, 'oldErrback', [], { taskId: randomUUID() }),
      ];
      const failed = await py(place, 'fail').applyAsync({ linkError });
      for (const each of linkError) {
        await expect(found(place, idOf(each))).resolves.toBe(`told of ${failed.id}`);
      }
    },
  },
  {
    name: 'link_error, immutable',
    async pythonToUs(place) {
      const id = randomUUID();
      const errback = `py('add', 1, 2, task_id='${id}', immutable=True)`;
      await sent(place, "ours('fail')", `link_error=${errback}`);
      await expect(place.python.get(id)).resolves.toBe(3);
    },
    async usToPython(place) {
      const linkError = ours(place, 'add', [1, 2], { taskId: randomUUID(), immutable: true });
      await py(place, 'fail').applyAsync({ linkError });
      await expect(found(place, idOf(linkError))).resolves.toBe(3);
    },
  },
  {
    name: 'link_error, new style `errback(request, exc, traceback)`',
    notes:
      'it is called inside the Python worker that the task failed in, if it is registered there',
    pythonToUs: {
      cannot:
        "it wants Python's objects, which no message carries: what fails on our worker sends it the failed task's id, and it fails with a TypeError of its own",
      async proof(place) {
        const id = randomUUID();
        const errback = `py('newErrback', 'told', task_id='${id}')`;
        await sent(place, "ours('fail')", `link_error=${errback}`);
        await expect(place.python.get(id)).rejects.toMatchObject({
          type: 'TypeError',
          message: expect.stringContaining('missing 2 required positional arguments'),
        });
      },
    },
    async usToPython(place) {
      const key = `told-${randomUUID()}`;
      const failed = await py(place, 'fail').applyAsync({
        linkError: py(place, 'newErrback', [key]),
      });
      const pop = async () => (await place.redis.cli('LPOP', key)) || undefined;
      const told = await eventually('the errback to be called', pop);
      expect(JSON.parse(told)).toEqual([failed.id, 'ValueError', "('boom', 42)", true]);
    },
  },
  {
    name: 'link_error of a chain',
    notes: 'it is called for the step that fails',
    async pythonToUs(place) {
      const id = randomUUID();
      const errback = `py('oldErrback', task_id='${id}')`;
      const failing = randomUUID();
      const steps = `py('add', 1, 2), ours('fail', task_id='${failing}'), py('add', 1)`;
      await sent(place, `chain(${steps})`, `link_error=${errback}`);
      await expect(place.python.get(id)).resolves.toBe(`told of ${failing}`);
    },
    async usToPython(place) {
      const linkError = ours(place, 'oldErrback', [], { taskId: randomUUID() });
      const steps = [
        ours(place, 'add', [1, 2]),
        py(place, 'fail'),
        ours(place, 'add', [1]),
      ] as const;
      const last = await chain(...steps).applyAsync({ linkError });
      await expect(found(place, idOf(linkError))).resolves.toBe(`told of ${last.parent?.id}`);
    },
  },
];

export const rows: readonly Row[] = [...links, ...errbacks];
