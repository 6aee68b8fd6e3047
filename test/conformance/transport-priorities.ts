import { expect, test } from 'vitest';
import type { Consumer } from '../../src/transports/index.ts';
import { aMessage, ids, idsOf } from './data.ts';
import type { Bench } from './harness.ts';

const open = (): AbortSignal => AbortSignal.timeout(5_000);
/** So many messages may overtake before one comes from below. */
const OVERTAKING = 15;

/** Which messages come first, and for how long the others wait; see decision 6. */
export function priorityConformance(bench: () => Bench): void {
  /** Messages `<name>1`, `<name>2`, … of one priority. */
  const of = (name: string, count: number, priority: number, queue = 'celery') =>
    ids(count, name).map((id) => aMessage({ id, priority, queue }));

  /** Claims one at a time until a message is there. @returns how many came before it */
  async function overtakenBy(consumer: Consumer, id: string): Promise<number> {
    for (let before = 0; before < 1_000; before++) {
      if (idsOf(await consumer.claim(1)).includes(id)) return before;
    }
    throw new Error(`'${id}' was never claimed`);
  }

  test('a high one is next though a thousand low ones came before it', async () => {
    const transport = await bench().transport();
    const { consumer } = await bench().consumer(transport);
    await transport.publish(of('low', 1_000, 9), open());
    for (let claim = 0; claim < 40; claim++) await consumer.claim(1);

    await transport.publish(of('high', 1, 0), open());

    expect(await overtakenBy(consumer, 'high1')).toBe(0);
  });

  test('the same for a consumer that claims many at a time', async () => {
    const transport = await bench().transport();
    const { consumer } = await bench().consumer(transport);
    await transport.publish(of('low', 1_000, 5), open());
    await consumer.claim(200);
    await consumer.claim(200);

    await transport.publish(of('high', 3, 2), open());

    const claimed = idsOf(await consumer.claim(200));
    expect(claimed.slice(0, 4)).toEqual(['high1', 'high2', 'high3', 'low401']);
  });

  test('priorities are strict until fifteen messages have overtaken; the sixteenth comes from below', async () => {
    const transport = await bench().transport();
    const { consumer } = await bench().consumer(transport);
    await transport.publish([...of('low', 2, 9), ...of('high', 100, 0)], open());

    const before = [await overtakenBy(consumer, 'low1'), await overtakenBy(consumer, 'low2')];

    expect(before).toEqual([OVERTAKING, OVERTAKING]);
  });

  test('each of the lower steps has its turn, and none waits for longer than all of theirs', async () => {
    const transport = await bench().transport();
    const { consumer } = await bench().consumer(transport);
    const lower = [3, 6, 9].flatMap((priority) => of(`p${priority}-`, 2, priority));
    await transport.publish([...lower, ...of('high', 200, 0)], open());

    const order: string[] = [];
    for (let claim = 0; claim < 6 * (OVERTAKING + 1); claim++) {
      order.push(...idsOf(await consumer.claim(1)));
    }

    const places = order.flatMap((id, place) => (id.startsWith('p') ? [[id, place]] : []));
    expect(places).toEqual(
      ['p3-1', 'p6-1', 'p9-1', 'p3-2', 'p6-2', 'p9-2'].map((id, at) => [id, 16 * at + 15]),
    );
  });

  test('of what is claimed many at a time one in sixteen comes from below, from the second claim on', async () => {
    const transport = await bench().transport();
    const { consumer } = await bench().consumer(transport);
    await transport.publish([...of('low', 50, 9), ...of('high', 200, 0)], open());

    const claims: string[][] = [];
    for (let claim = 0; claim < 3; claim++) claims.push(idsOf(await consumer.claim(48)));

    const lows = claims.map((claim) => claim.filter((id) => id.startsWith('low')));
    expect(lows).toEqual([[], ['low1', 'low2', 'low3'], ['low4', 'low5', 'low6']]);
  });

  test('the queues of one priority take turns', async () => {
    const transport = await bench().transport();
    const { consumer } = await bench().consumer(transport, { queues: ['celery', 'other'] });
    await transport.publish([...of('a', 3, 0), ...of('b', 3, 0, 'other')], open());

    const order: string[] = [];
    for (let claim = 0; claim < 6; claim++) order.push(...idsOf(await consumer.claim(1)));

    expect(order).toEqual(['a1', 'b1', 'a2', 'b2', 'a3', 'b3']);
  });
}
