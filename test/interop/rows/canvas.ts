import {
  type AsyncResult,
  chain,
  GroupSignature,
  group,
  Signature,
  type SignatureData,
} from 'celeriac';
import { expect } from 'vitest';
import { found, ours, py, SOON, sent } from '../crossing.ts';
import { eventually } from '../place.ts';
import type { Row } from '../row.ts';

/** Every order of so many steps in both languages. */
function orders(length: number): ('py' | 'ours')[][] {
  if (length === 0) return [[]];
  return orders(length - 1).flatMap((rest) => [
    ['py' as const, ...rest],
    ['ours' as const, ...rest],
  ]);
}

const allOrders = [...orders(2), ...orders(3)];

const chains: Row[] = [
  {
    name: 'chain of steps in both languages',
    notes: 'every order of two and of three',
    async pythonToUs(place) {
      for (const order of allOrders) {
        const [first, ...others] = order;
        const steps = [`${first}('add', 1, 2)`, ...others.map((side) => `${side}('add', 10)`)];
        const id = await sent(place, `chain(${steps.join(', ')})`);
        await expect(place.python.get(id)).resolves.toBe(3 + 10 * others.length);
      }
    },
    async usToPython(place) {
      for (const order of allOrders) {
        const [first, ...others] = order.map((side, index) => {
          return (side === 'py' ? py : ours)(place, 'add', index === 0 ? [1, 2] : [10]);
        });
        if (!first) throw new Error('an order without steps');
        const last = await chain(first, ...others).applyAsync();
        await expect(last.get(SOON)).resolves.toBe(3 + 10 * others.length);
      }
    },
  },
  {
    name: 'chain whose middle fails',
    notes: 'later steps are FAILURE with the same error, so nobody waits for them',
    async pythonToUs(place) {
      const { python } = place;
      const steps = "chain(py('add', 1, 2), ours('fail'), py('add', 1), ours('add', 2))";
      const id = await python.apply(steps);
      await expect(python.get(id)).rejects.toMatchObject({ type: 'RangeError' });
      for (const skipped of [`result_of('${id}')`, `result_of('${id}').parent`]) {
        const facts = `[${skipped}.state, type(${skipped}.result).__name__]`;
        await expect(python.evaluate(facts)).resolves.toEqual(['FAILURE', 'RangeError']);
      }
    },
    async usToPython(place) {
      const steps = [
        ...([ours(place, 'add', [1, 2]), py(place, 'fail')] as const),
        ...([ours(place, 'add', [1]), py(place, 'add', [2])] as const),
      ] as const;
      const last = await chain(...steps).applyAsync();
      await expect(last.get(SOON)).rejects.toMatchObject({ remote: { type: 'ValueError' } });
      const third = last.parent as AsyncResult<unknown>;
      for (const skipped of [last, third]) {
        await eventually('the later steps to be marked', () => skipped.failed());
        expect(await skipped.result()).toMatchObject({ remote: { type: 'ValueError' } });
      }
    },
  },
];

const groups: Row[] = [
  {
    name: 'group of members in both languages',
    async pythonToUs(place) {
      const id = await place.python.apply(
        "group([ours('add', 1, 1), py('add', 2, 2), ours('add', 3, 3)])",
      );
      await expect(place.python.get(id)).resolves.toEqual([2, 4, 6]);
    },
    async usToPython(place) {
      const all = [py(place, 'add', [1, 1]), ours(place, 'add', [2, 2]), py(place, 'add', [3, 3])];
      const result = await group(all).applyAsync();
      await expect(result.get(SOON)).resolves.toEqual([2, 4, 6]);
    },
  },
  {
    name: 'group with a member that fails',
    async pythonToUs(place) {
      const id = await place.python.apply("group([py('add', 1, 1), ours('fail')])");
      await expect(place.python.get(id)).rejects.toMatchObject({ type: 'RangeError' });
    },
    async usToPython(place) {
      const result = await group([ours(place, 'add', [1, 1]), py(place, 'fail')]).applyAsync();
      const endings = await result.get({ ...SOON, propagate: false });
      expect(endings).toEqual([2, expect.objectContaining({ name: 'TaskFailedError' })]);
    },
  },
  {
    name: 'group saved and restored (`celery-taskset-meta-…`)',
    async pythonToUs(place) {
      const { python } = place;
      const members = "group([ours('add', 1, 1), py('add', 2, 2)])";
      const save = '(lambda result: (result.save(), result.id)[1])';
      const id = await python.evaluate(`${save}(${members}.apply_async())`);
      const restored = `GroupResult.restore('${id}', app=app)`;
      await expect(python.evaluate(`${restored}.join(timeout=20)`)).resolves.toEqual([2, 4]);
    },
    async usToPython(place) {
      const result = await group([py(place, 'add', [1, 1]), ours(place, 'add', [2, 2])]).delay();
      await result.save();
      const restored = `GroupResult.restore('${result.id}', app=app)`;
      await expect(place.python.evaluate(`${restored}.join(timeout=20)`)).resolves.toEqual([2, 4]);
    },
  },
  {
    name: 'chain that ends with a group',
    notes: 'every member gets the result of the step before',
    async pythonToUs(place) {
      const id = await place.python.apply(
        "chain(ours('add', 1, 2), group([py('add', 10), ours('add', 20)]))",
      );
      await expect(place.python.get(id)).resolves.toEqual([13, 23]);
    },
    async usToPython(place) {
      const members = group([ours(place, 'add', [10]), py(place, 'add', [20])]);
      const result = await chain(py(place, 'add', [1, 2]), members).applyAsync();
      await expect(result.get(SOON)).resolves.toEqual([13, 23]);
    },
  },
  {
    name: 'group with chains in it',
    async pythonToUs(place) {
      const id = await place.python.apply(
        "group([chain(ours('add', 1, 2), py('add', 10)), chain(py('add', 3, 4), ours('add', 10))])",
      );
      await expect(place.python.get(id)).resolves.toEqual([13, 17]);
    },
    async usToPython(place) {
      const one = chain(py(place, 'add', [1, 2]), ours(place, 'add', [10]));
      const other = chain(ours(place, 'add', [3, 4]), py(place, 'add', [10]));
      const result = await group([one, other]).applyAsync();
      await expect(result.get(SOON)).resolves.toEqual([13, 17]);
    },
  },
  {
    name: 'group in a group',
    notes: 'the results come spread out',
    async pythonToUs(place) {
      const id = await place.python.apply(
        "group([ours('add', 1, 1), group([py('add', 2, 2), ours('add', 3, 3)])])",
      );
      await expect(place.python.get(id)).resolves.toEqual([2, 4, 6]);
    },
    async usToPython(place) {
      const inner = group([ours(place, 'add', [2, 2]), py(place, 'add', [3, 3])]);
      const result = await group([py(place, 'add', [1, 1]), inner]).applyAsync();
      await expect(result.get(SOON)).resolves.toEqual([2, 4, 6]);
    },
  },
  {
    name: 'signature as JSON',
    notes: 'a task, a chain and a group, read and sent by the other side',
    async pythonToUs(place) {
      const read = async (canvas: string) => {
        const text = await place.python.evaluate(`json.dumps(${canvas})`);
        return JSON.parse(text as string) as SignatureData;
      };
      const one = new Signature<[number], number>(await read("ours('add', 2)"), place.app);
      const steps = await read("chain(ours('add', 1, 2), py('add', 10))");
      const members = await read("group([ours('add', 1, 2), py('add', 10, 20)])");
      const sides = new GroupSignature<[], [number, number]>(members, place.app);
      await expect((await one.delay(1)).get(SOON)).resolves.toBe(3);
      const last = await new Signature<[], number>(steps, place.app).delay();
      await expect(last.get(SOON)).resolves.toBe(13);
      await expect((await sides.delay()).get(SOON)).resolves.toEqual([3, 30]);
    },
    async usToPython(place) {
      const send = async (canvas: object, args = '') => {
        const text = JSON.stringify(JSON.stringify(canvas));
        return sent(place, `app.signature(json.loads(${text}))`, args);
      };
      const one = await send(py(place, 'add', [2]), '(1,)');
      const steps = await send(chain(py(place, 'add', [1, 2]), ours(place, 'add', [10])));
      await expect(place.python.get(one)).resolves.toBe(3);
      await expect(place.python.get(steps)).resolves.toBe(13);
      const wire = py(place, 'add', [5]).data;
      const applied = await py(place, 'apply', [wire, 1]).applyAsync();
      await expect(found(place, String(await applied.get(SOON)))).resolves.toBe(6);
    },
  },
];

export const rows: readonly Row[] = [...chains, ...groups];
