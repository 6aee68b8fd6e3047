import { expect, test } from 'vitest';
import { decodeResultMeta } from '../../src/protocol/index.ts';
import type { Settle } from '../../src/transports/index.ts';
import { aMessage, anAck, aResult, deliveries, ids, idsOf, messages, tagsOf } from './data.ts';
import { type Bench, SLACK } from './harness.ts';

const open = (): AbortSignal => AbortSignal.timeout(5_000);
const ANNOUNCE_DEADLINE_MS = SLACK * 100;

/** What a commit changes, and for whom. */
export function commitConformance(bench: () => Bench): void {
  test('an acked message is gone', async () => {
    const transport = await bench().transport();
    const { consumer } = await bench().consumer(transport);
    await transport.publish(messages(ids(3)), open());
    const tags = tagsOf(await consumer.claim(2));

    const lost = await consumer.commit(tags.map((tag) => anAck(tag)));

    expect(lost).toEqual([]);
    await consumer.release(tags);
    expect(idsOf(await consumer.claim(10))).toEqual(['m3']);
  });

  test('a commit of many claims settles them all', async () => {
    const transport = await bench().transport();
    const { consumer } = await bench().consumer(transport);
    await transport.publish(messages(ids(300)), open());
    const claims = [...(await consumer.claim(150)), ...(await consumer.claim(150))];

    const lost = await consumer.commit(tagsOf(claims).map((tag) => anAck(tag)));

    expect(lost).toEqual([]);
    expect(await consumer.claim(10)).toEqual([]);
  });

  test('the result is stored, told to who waits, and the next messages are published', async () => {
    const transport = await bench().transport();
    const backend = await bench().backend();
    const { consumer } = await bench().consumer(transport);
    await transport.publish(messages(['a']), open());
    const [tag = ''] = tagsOf(await consumer.claim(1));
    const waiting = (await bench().backend()).wait('a', AbortSignal.timeout(ANNOUNCE_DEADLINE_MS));

    const writes = [backend.write(aResult({ taskId: 'a', result: 42 }))];
    await consumer.commit([anAck(tag, { writes, messages: messages(['next1', 'next2']) })]);

    expect(await waiting).toMatchObject({ taskId: 'a', status: 'SUCCESS', result: 42 });
    expect(await backend.find('a')).toMatchObject({ status: 'SUCCESS' });
    expect(idsOf(await consumer.claim(10))).toEqual(['next1', 'next2']);
  });

  test('a stored SUCCESS is not overwritten by a commit', async () => {
    const transport = await bench().transport();
    const backend = await bench().backend();
    const { consumer } = await bench().consumer(transport);
    await backend.apply([backend.write(aResult({ taskId: 'a', result: 1 }))]);
    await transport.publish(messages(['a']), open());
    const [tag = ''] = tagsOf(await consumer.claim(1));

    const writes = [backend.write(aResult({ taskId: 'a', status: 'FAILURE' }))];
    const lost = await consumer.commit([anAck(tag, { writes })]);

    expect(lost).toEqual([]);
    expect(await backend.find('a')).toMatchObject({ status: 'SUCCESS', result: 1 });
  });

  test('of a lost claim only the final result is stored, and its tag is returned', async () => {
    const transport = await bench().transport();
    const backend = await bench().backend();
    const { consumer } = await bench().consumer(transport);
    await transport.publish(messages(['a', 'b']), open());
    const [lost = '', held = ''] = tagsOf(await consumer.claim(2));
    await consumer.release([lost]);

    const started = backend.write(aResult({ taskId: 'started', status: 'STARTED' }));
    const done = backend.write(aResult({ taskId: 'done' }));
    const answer = await consumer.commit([
      anAck(lost, { writes: [started, done], messages: messages(['not to be sent']) }),
      anAck(held, { messages: messages(['next']) }),
    ]);

    expect(answer).toEqual([lost]);
    expect(await backend.find('started')).toBeUndefined();
    expect(await backend.find('done')).toMatchObject({ status: 'SUCCESS' });
    expect(idsOf(await consumer.claim(10))).toEqual(['a', 'next']);
  });

  test('a claim can be settled once', async () => {
    const transport = await bench().transport();
    const { consumer } = await bench().consumer(transport);
    await transport.publish(messages(['a']), open());
    const [tag = ''] = tagsOf(await consumer.claim(1));

    const first = await consumer.commit([anAck(tag)]);
    const second = await consumer.commit([anAck(tag, { messages: messages(['twice']) })]);

    expect([first, second]).toEqual([[], [tag]]);
    expect(await transport.size('celery')).toBe(0);
  });

  test('the claim of a message that was released and claimed again is not that of before', async () => {
    const transport = await bench().transport();
    const { consumer } = await bench().consumer(transport);
    await transport.publish(messages(['a']), open());
    const [before = ''] = tagsOf(await consumer.claim(1));
    await consumer.release([before]);
    const [after = ''] = tagsOf(await consumer.claim(1));

    expect(await consumer.commit([anAck(before)])).toEqual([before]);
    expect(await consumer.commit([anAck(after)])).toEqual([]);
  });

  test('what is kept needs no claim', async () => {
    const transport = await bench().transport();
    const backend = await bench().backend();
    const { consumer } = await bench().consumer(transport);

    const writes = [backend.write(aResult({ taskId: 'a', status: 'STARTED' }))];
    const settle: Settle = { kind: 'kept' };
    const lost = await consumer.commit([
      { tag: 'never claimed', settle, writes, messages: messages(['next']) },
    ]);

    expect(lost).toEqual([]);
    expect(await backend.find('a')).toMatchObject({ status: 'STARTED' });
    expect(idsOf(await consumer.claim(10))).toEqual(['next']);
  });

  test('a requeued message goes to the tail of its queue and priority', async () => {
    const transport = await bench().transport();
    const { consumer } = await bench().consumer(transport);
    await transport.publish([aMessage({ id: 'low', priority: 9 }), ...messages(ids(3))], open());
    const [first = ''] = tagsOf(await consumer.claim(1));

    const settle: Settle = { kind: 'requeue' };
    await consumer.commit([{ tag: first, settle, writes: [], messages: [] }]);

    expect(idsOf(await consumer.claim(10))).toEqual(['m2', 'm3', 'm1', 'low']);
  });

  test('a dead letter keeps the message and says why, and is not delivered again', async () => {
    const transport = await bench().transport();
    const backend = await bench().backend();
    const { consumer } = await bench().consumer(transport);
    await transport.publish(messages(['a']), open());
    const [delivery] = deliveries(await consumer.claim(1));

    const failure = backend.write(aResult({ taskId: 'a', status: 'FAILURE' }));
    const settle: Settle = { kind: 'dead-letter', reason: 'no worker knows it' };
    const tag = delivery?.tag ?? '';
    const lost = await consumer.commit([{ tag, settle, writes: [failure], messages: [] }]);

    expect(lost).toEqual([]);
    expect(await consumer.claim(1)).toEqual([]);
    const [letter, ...others] = await bench().store.deadLetters('celery');
    expect(others).toEqual([]);
    expect(JSON.parse(letter?.payload ?? '')).toMatchObject({ headers: delivery?.headers });
    expect(letter?.info).toContain('no worker knows it');
    expect(await backend.find('a')).toMatchObject({ status: 'FAILURE' });
  });

  test('the document of a result is stored to the letter', async () => {
    const transport = await bench().transport();
    const backend = await bench().backend();
    const { consumer } = await bench().consumer(transport);
    await transport.publish(messages(['ä"{}']), open());
    const [tag = ''] = tagsOf(await consumer.claim(1));

    const write = backend.write(aResult({ taskId: 'ä"{}', result: ['ü', '\u0000', null] }));
    await consumer.commit([anAck(tag, { writes: [write] })]);

    expect(await backend.find('ä"{}')).toEqual(decodeResultMeta(write.document));
  });

  test('a commit of nothing resolves', async () => {
    const transport = await bench().transport();
    const { consumer } = await bench().consumer(transport);

    expect(await consumer.commit([])).toEqual([]);
  });
}
