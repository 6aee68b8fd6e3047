import { createInterface } from 'node:readline';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import '../support/built-threads.ts';
import { openBackend } from '../../src/backends/index.ts';
import type { Claimed } from '../../src/protocol/index.ts';
import { type Consumer, openTransport } from '../../src/transports/index.ts';
import { aMessage, aResult, idsOf, tagsOf } from './data.ts';
import type { StorePlaces } from './harness.ts';

/**
 * Another process for the conformance suites. Arguments: a store's URL, a claim timeout in milliseconds,
 * and the store's `StorePlaces` as JSON.
 * Reads commands, one per line, and prints `done <command>`:
 * `publish <id>`, `claim <count>` (and holds), `sweep-after <ms>` (what a new consumer gets then), `succeed <task id>`; `listen <fanout exchange>`, then `take <count>` of
 * what comes, and `lay-aside` the last of that.
 */
const [, , url = '', timeout = '', json = '{}'] = process.argv;
const places = JSON.parse(json) as Partial<StorePlaces>;
const timeoutMs = Number(timeout);

const transport = await openTransport(url, {
  visibilityTimeoutMs: timeoutMs,
  leaseTimeoutMs: timeoutMs,
  connectTimeoutMs: 4_000,
  ...places.transport,
});
const backend = await openBackend(url, {
  expiresMs: 3_600_000,
  connectTimeoutMs: 4_000,
  jsonTypes: 'typed',
  ...places.backend,
});

let listening: Consumer | undefined;
const taken: Claimed[] = [];

const commands: Record<string, (argument: string) => Promise<string>> = {
  async publish(id) {
    await transport.publish([aMessage({ id })], AbortSignal.timeout(5_000));
    return '';
  },
  async claim(count) {
    const consumer = await transport.consume({
      queues: ['celery'],
      nodeName: 'other@test',
      onWake: () => {},
      onNotice: () => {},
    });
    return idsOf(await consumer.claim(Number(count))).join(' ');
  },
  /** Until then whoever has sent the command cannot send another. */
  async 'sweep-after'(ms) {
    console.log('begun');
    await sleep(Number(ms));
    return (await commands['claim']?.('10')) ?? '';
  },
  async listen(name) {
    const exchange = { name, type: 'fanout' } as const;
    listening = await transport.consume({
      queues: [],
      declare: [{ name, bindings: [{ exchange, routingKey: '' }], isBroadcast: true }],
      nodeName: 'other@test',
      onWake: () => {},
      onNotice: () => {},
    });
    return '';
  },
  async take(count) {
    while (taken.length < Number(count)) {
      const found = await listening?.claim(Number(count) - taken.length);
      taken.push(...(found ?? []));
      await setImmediate();
    }
    return idsOf(taken).join(' ');
  },
  async 'lay-aside'() {
    const tag = tagsOf(taken).at(-1) ?? '';
    await listening?.park([{ tag, dueMs: Date.now() + 60_000 }]);
    return '';
  },
  async succeed(taskId) {
    await backend.apply([backend.write(aResult({ taskId }))]);
    return '';
  },
};

console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
  const [name = '', argument = ''] = line.split(' ');
  const answer = await commands[name]?.(argument);
  console.log(`done ${line} ${answer}`.trimEnd());
}
