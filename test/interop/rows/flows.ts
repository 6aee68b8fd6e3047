import { randomUUID } from 'node:crypto';
import { type AsyncResult, chain, group, type ResultHandle, Signature } from 'celeriac';
import { expect } from 'vitest';
import { found, idOf, ours, py, SOON, sent } from '../crossing.ts';
import type { Place } from '../place.ts';
import type { Cannot, Row } from '../row.ts';

/** Built-in tasks that messages ask our worker for. */
function putBack(...tasks: readonly string[]): Cannot {
  return {
    cannot: 'as `celery.starmap`',
    async proof(place) {
      const from = place.worker.lines.length;
      for (const task of tasks) await place.python.call(task, [], { queue: 'ours', expires: 3 });
      for (const task of tasks) {
        const name = task.replaceAll('.', '\\.');
        await place.worker.waitForLine(new RegExp(`${name}\\[.* put back for`), 20_000, from);
      }
    },
  };
}

const notBuiltIn = {
  cannot:
    "tasks of the name are built into Python's workers alone: ours puts the message back for one that knows it, and once `taskUnknownRetryFor` is over fails it with NotRegistered",
  async proof(place: Place) {
    const from = place.worker.lines.length;
    const id = await sent(place, "chunks(ours('add'), [(1, 2)], 1)", "queue='ours', expires=3");
    await place.worker.waitForLine(/celery\.starmap.* put back for/, 20_000, from);
    await expect(place.python.get(id)).rejects.toMatchObject({ type: 'TaskRevokedError' });
  },
};

const builtIns: Row[] = [
  {
    name: '`celery.map`, `celery.starmap` (`xmap`, `xstarmap`)',
    notes: 'the inner task runs inside of the one that is sent',
    pythonToUs: {
      ...notBuiltIn,
      async proof(place) {
        const from = place.worker.lines.length;
        await sent(place, "xstarmap(ours('add'), [(1, 2)], app=app)", "queue='ours', expires=3");
        await place.worker.waitForLine(/celery\.starmap.* put back for/, 20_000, from);
      },
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
    async together(place) {
      const id = await sent(
        place,
        "xstarmap(py('add'), [(1, 2), (3, 4)], app=app)",
        "queue='both'",
      );
      await expect(place.python.get(id, { timeout: 60 })).resolves.toEqual([3, 7]);
    },
  },
  {
    name: '`celery.accumulate`, `celery.backend_cleanup`',
    notes: 'all of its arguments, or that of `index`; nothing, as results expire in Redis',
    pythonToUs: putBack('celery.accumulate', 'celery.backend_cleanup'),
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
    pythonToUs: putBack('celery.chain', 'celery.group', 'celery.chord'),
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
    pythonToUs: putBack('celery.chord_unlock'),
    usToPython: {
      cannot: 'our client sends it for backends that cannot count, and all of ours can',
    },
  },
  {
    name: '`celery.chunks`',
    notes: "Python's client sends a group of `celery.starmap`; the task of that name sends it on",
    pythonToUs: { cannot: 'as `celery.starmap`' },
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
