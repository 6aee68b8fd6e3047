import { randomUUID } from 'node:crypto';
import { type AsyncResult, chain, group, type ResultHandle, Signature } from 'celeriac';
import { expect } from 'vitest';
import { found, idOf, ours, py, SOON, sent } from '../crossing.ts';
import type { Place } from '../place.ts';
import type { Row } from '../row.ts';

/** What Python's client gets of a built-in task that our worker runs. */
async function asked(place: Place, task: string, args: readonly unknown[] = [], kwargs = {}) {
  return place.python.get(await place.python.call(task, args, { kwargs, queue: 'ours' }));
}

const builtIns: Row[] = [
  {
    name: '`celery.map`, `celery.starmap` (`xmap`, `xstarmap`)',
    notes: 'the inner task runs inside of the one that is sent',
    async pythonToUs(place) {
      const spread = "xstarmap(ours('add'), [(1, 2), (3, 4)], app=app)";
      const mapped = "xmap(ours('sum'), [[1, 2], [3]], app=app)";
      const chunked = "chunks(ours('add'), [(1, 2), (3, 4), (5, 6)], 2)";
      for (const [canvas, result] of [
        [spread, [3, 7]],
        [mapped, [3, 3]],
        [chunked, [[3, 7], [11]]],
      ] as const) {
        const id = await place.python.apply(canvas, { queue: 'ours' });
        await expect(place.python.get(id)).resolves.toEqual(result);
      }
    },
    async usToPython(place) {
      const call = (name: string, kwargs: object) =>
        place.app.sendTask(name, [], { kwargs, queue: 'python' } as never);
      const task = py(place, 'add').data;
      const spread = await call('celery.starmap', {
        task,
        it: [
          [1, 2],
          [3, 4],
        ],
      });
      const mapped = await call('celery.map', { task: py(place, 'sum').data, it: [[1, 2], [3]] });
      await expect(spread.get(SOON)).resolves.toEqual([3, 7]);
      await expect(mapped.get(SOON)).resolves.toEqual([3, 3]);
    },
    together: {
      cannot:
        'a worker that does not know the inner task fails the whole with NotRegistered, as Python does; send it to a queue of those that do',
      async proof(place) {
        for (const [queue, task] of [
          ['ours', 'py'],
          ['python', 'ours'],
        ] as const) {
          const id = await sent(place, `xmap(${task}('sum'), [[1]], app=app)`, `queue='${queue}'`);
          await expect(place.python.get(id)).rejects.toMatchObject({ type: 'NotRegistered' });
        }
      },
    },
  },
  {
    name: '`celery.accumulate`, `celery.backend_cleanup`',
    notes: 'all of its arguments, or that of `index`; nothing, as results expire in Redis',
    async pythonToUs(place) {
      await expect(asked(place, 'celery.accumulate', [1, 2])).resolves.toEqual([1, 2]);
      await expect(asked(place, 'celery.accumulate', [1, 2], { index: 1 })).resolves.toBe(2);
      await expect(asked(place, 'celery.backend_cleanup')).resolves.toBeNull();
    },
    async usToPython({ app }) {
      const all = await app.sendTask('celery.accumulate', [1, 2], { queue: 'python' });
      const one = { queue: 'python', kwargs: { index: 1 } } as never;
      const second = await app.sendTask('celery.accumulate', [1, 2], one);
      const swept = await app.sendTask('celery.backend_cleanup', [], { queue: 'python' });

      await expect(all.get(SOON)).resolves.toEqual([1, 2]);
      await expect(second.get(SOON)).resolves.toBe(2);
      await expect(swept.get(SOON)).resolves.toBeNull();
    },
  },
  {
    name: '`celery.chain`, `celery.group`, `celery.chord` as messages',
    notes: 'no client sends them: it takes a canvas apart itself',
    async pythonToUs(place) {
      await expect(asked(place, 'celery.chain')).rejects.toMatchObject({
        type: 'NotImplementedError',
      });
      const header = [ours(place, 'add', [1, 1]).data, py(place, 'add', [2, 2]).data];
      const chord = await asked(place, 'celery.chord', [header, ours(place, 'sum').data]);
      const [[body]] = chord as [[string, unknown], unknown];
      await expect(place.python.get(body)).resolves.toBe(6);
      const member = ours(place, 'add', [2], { taskId: randomUUID() });
      const handle = [[randomUUID(), null], [[[idOf(member), null], null]]];
      const told = [[member.data], handle, String(handle[0]?.[0]), [1]];
      await expect(asked(place, 'celery.group', told)).resolves.toEqual(handle);
      await expect(place.python.get(idOf(member))).resolves.toBe(3);
    },
    usToPython: {
      cannot:
        "`celery.chain` fails in Python's worker, too; our client writes neither of the others",
      async proof({ app }) {
        const chained = await app.sendTask('celery.chain', [], { queue: 'python' });
        await expect(chained.get(SOON)).rejects.toMatchObject({
          remote: { type: 'NotImplementedError', args: ['chain is not a real task'] },
        });
      },
    },
  },
  {
    name: '`celery.chord_unlock`',
    notes: 'for the results of backends that cannot count; on Redis no client sends it',
    async pythonToUs(place) {
      const parts = [ours(place, 'add', [1, 1]), py(place, 'add', [2, 2])];
      const ids = await Promise.all(parts.map(async (each) => (await each.delay()).id));
      const body = py(place, 'sum', [], { taskId: randomUUID() });
      const kwargs = { interval: 0.1, result: ids.map((id) => [[id, null], null]) };
      const unlock = { kwargs, queue: 'ours' };
      await place.python.call('celery.chord_unlock', [randomUUID(), body.data], unlock);
      await expect(place.python.get(idOf(body))).resolves.toBe(6);
    },
    usToPython: { cannot: 'our client sends none: each of our result stores counts' },
  },
  {
    name: '`celery.chunks`',
    notes: "Python's client sends a group of `celery.starmap`; the task of that name sends it on",
    async pythonToUs(place) {
      const kwargs = {
        task: ours(place, 'add').data,
        n: 1,
        it: [
          [1, 2],
          [3, 4],
        ],
      };
      const handle = await asked(place, 'celery.chunks', [], kwargs);
      expect(handle).toMatchObject([
        [expect.any(String), null],
        [{}, {}],
      ]);
      // where no queue is said they go to the worker's own, from which nobody takes here
      await expect(place.cli('LLEN', 'celery')).resolves.toBe('2');
      await place.cli('DEL', 'celery');
    },
    async usToPython(place) {
      const kwargs = {
        task: py(place, 'add').data,
        it: [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
        n: 2,
      };
      const chunks = await place.app.sendTask('celery.chunks', [], { kwargs, queue: 'python' });
      await chunks.get(SOON);
      const [sides] = (await chunks.children()) as [Collected];
      await expect(sides.get(SOON)).resolves.toEqual([[3, 7], [11]]);
    },
  },
];

type Collected = ResultHandle & { get(options: object): Promise<unknown> };
type Facts = Readonly<Record<'id' | 'root' | 'parent' | 'group', string | null>> & {
  readonly stamps: unknown;
};

const factsOf = async (place: Place, id: string) => (await found(place, id)) as Facts;

/** Checks the ids that each step of a chain knows of itself. */
async function expectLineage(place: Place, ids: readonly string[]): Promise<void> {
  for (const [index, id] of ids.entries()) {
    const facts = await factsOf(place, id);
    expect(facts).toMatchObject({ id, root: ids[0], parent: ids[index - 1] ?? null });
  }
}

const trees: Row[] = [
  {
    name: 'root_id and parent_id through a chain',
    notes: 'each step says them itself',
    async pythonToUs(place) {
      const ids = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
      const steps = ids.map((id, at) => `${at === 2 ? 'py' : 'ours'}('facts', task_id='${id}')`);
      await sent(place, `chain(${steps.join(', ')})`);
      await expectLineage(place, ids);
    },
    async usToPython(place) {
      const step = (side: typeof py) => side(place, 'facts', [], { taskId: randomUUID() });
      const steps = [step(py), step(ours), step(py)] as const;
      await chain(...steps).applyAsync();
      await expectLineage(place, steps.map(idOf));
    },
  },
  {
    name: 'group, root_id and parent_id of a group that ends a chain',
    async pythonToUs(place) {
      const [first, one, other] = [randomUUID(), randomUUID(), randomUUID()];
      const members = `group([py('facts', task_id='${one}'), ours('facts', task_id='${other}')])`;
      const id = await sent(place, `chain(ours('facts', task_id='${first}'), ${members})`);
      for (const member of [one, other]) {
        expect(await factsOf(place, member)).toMatchObject({
          root: first,
          parent: first,
          group: id,
        });
      }
    },
    async usToPython(place) {
      const first = py(place, 'facts', [], { taskId: randomUUID() });
      const result = await chain(first, group([ours(place, 'facts'), py(place, 'facts')])).delay();
      for (const member of result.results) {
        const facts = await factsOf(place, member.id);
        expect(facts).toMatchObject({ root: idOf(first), parent: idOf(first), group: result.id });
      }
    },
  },
  {
    name: 'children and parent of a result',
    notes: 'what a task sent while it ran, its callbacks and its next step',
    async pythonToUs(place) {
      const { python } = place;
      const sender = await sent(place, "ours('sends', 'py.add', [1, 2], 'python')");
      await expect(python.get(sender)).resolves.toBe('sent');
      const child = `app.AsyncResult('${sender}').children[0].get(timeout=20)`;
      await expect(python.evaluate(child)).resolves.toBe(3);
      const last = await python.apply("chain(ours('add', 1, 2), py('add', 10), ours('add', 20))");
      await expect(python.get(last)).resolves.toBe(33);
      const first = `result_of('${last}').parent.parent`;
      const collected = `[value for _, value in app.AsyncResult(${first}.id).collect()]`;
      await expect(python.evaluate(collected)).resolves.toEqual([3, 13, 33]);
    },
    async usToPython(place) {
      const sender = await py(place, 'sends', ['ours.add', [1, 2], 'ours']).applyAsync();
      await sender.get(SOON);
      const [child] = (await sender.children()) as [Collected];
      await expect(child.get(SOON)).resolves.toBe(3);
      const steps = [py(place, 'add', [1, 2]), ours(place, 'add', [10])] as const;
      const last = await chain(...steps).applyAsync();
      await last.get(SOON);
      const first = place.app.asyncResult(last.parent?.id ?? '');
      await first.get(SOON); // Python's worker stores it after it has sent the next step
      const [next] = (await first.children()) as [AsyncResult<number>];
      expect(next.id).toBe(last.id);
    },
  },
  {
    name: 'stamps of links and of later steps',
    notes:
      "what a stamped signature of 5.3 and later carries; Debian's 5.2 reads stamps as any header",
    async pythonToUs(place) {
      const [link, step] = [randomUUID(), randomUUID()];
      const stamped = (side: string, id: string) =>
        `${side}('facts', task_id='${id}', stamped_headers=['team'], team='blue')`;
      await sent(place, `chain(ours('add', 1, 2), ${stamped('ours', step)})`);
      await sent(place, "ours('add', 1, 2)", `link=${stamped('py', link)}`);
      for (const id of [link, step]) {
        expect((await factsOf(place, id)).stamps).toEqual({ team: 'blue' });
      }
    },
    async usToPython(place) {
      const { data } = py(place, 'facts');
      const options = { ...data.options, stamped_headers: ['team'], team: 'blue' };
      const stamped = new Signature<[], Facts>({ ...data, options }, place.app);
      expect((await (await stamped.delay()).get(SOON)).stamps).toEqual({ team: 'blue' });
    },
  },
];

export const rows: readonly Row[] = [...builtIns, ...trees];
