import '../support/built-threads.ts';
import { Redis } from 'ioredis';
import type { Consumer } from '../../src/transports/index.ts';
import { completeLayout } from '../../src/transports/layout-options.ts';
import { Layout } from '../../src/transports/redis/layout.ts';
import { systemTime } from '../../src/util/index.ts';
import type { ClaimOnRecord, Ground } from './ground.ts';

/** A Redis of the fuzzer's own: all that is in it is deleted. Its time is the machine's. */
export class RedisGround implements Ground {
  readonly url: string;
  readonly time = systemTime;
  readonly stepsMs = [0];
  readonly #client: Redis;
  readonly #queues: readonly string[];
  readonly #layout = new Layout(completeLayout({}));

  private constructor(url: string, queues: readonly string[]) {
    this.url = url;
    this.#queues = queues;
    this.#client = new Redis(url);
  }

  static async open(url: string, queues: readonly string[]): Promise<RedisGround> {
    const ground = new RedisGround(url, queues);
    await ground.#client.flushall();
    return ground;
  }

  /** Some are no UTF-8: they come back as they are all the same. */
  payloadOf(text: string): string {
    const bytes = Buffer.from(text, 'utf8');
    if (bytes.length % 8 === 0) bytes[bytes.length >> 1] = 0xff;
    return bytes.toString('latin1');
  }

  textOf(payload: string): string {
    return Buffer.from(payload, 'latin1').toString('utf8');
  }

  async push(queue: string, payloads: readonly string[]): Promise<void> {
    const bytes = payloads.map((payload) => Buffer.from(payload, 'latin1'));
    if (bytes.length > 0) await this.#client.lpush(queue, ...bytes);
  }

  /** What a claim is of, the record of claims alone says. */
  around(consumer: Consumer, onClaimed: (claims: readonly ClaimOnRecord[]) => void): Consumer {
    return {
      connections: 0,
      claim: async (limit) => {
        const claimed = await consumer.claim(limit);
        const tags = claimed.map((each) =>
          each.kind === 'message' ? each.delivery.tag : each.tag,
        );
        const rows =
          tags.length > 0 ? await this.#client.hmgetBuffer(this.#layout.unacked, ...tags) : [];
        onClaimed(
          tags.map((tag, at) => ({ tag, payload: payloadIn(rows[at] ?? Buffer.alloc(0)) })),
        );
        return claimed;
      },
      halt: () => consumer.halt(),
      commit: (completions) => consumer.commit(completions),
      park: (parkings) => consumer.park(parkings),
      release: (tags) => consumer.release(tags),
      close: () => consumer.close(),
    };
  }

  moveBy(): void {}

  async size(): Promise<number> {
    const lists = this.#layout.listKeys(this.#queues);
    const sizes = await Promise.all(lists.map((list) => this.#client.llen(list)));
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  async dead(): Promise<readonly string[]> {
    const keys = this.#queues.map((queue) => this.#layout.deadKey(queue));
    const lists = await Promise.all(keys.map((key) => this.#client.lrangeBuffer(key, 0, -1)));
    return lists.flat().map((bytes) => bytes.toString('latin1'));
  }

  async clear(): Promise<readonly string[]> {
    const { unacked, unackedIndex, parked } = this.#layout;
    const rows = await this.#client.hgetallBuffer(unacked);
    const indexed = await this.#client.zrange(unackedIndex, '0', '-1');
    const tags = Object.keys(rows);
    if (tags.sort().join() !== indexed.sort().join()) {
      throw new Error(`unacked has the tags ${tags.join()}, unacked_index ${indexed.join()}`);
    }
    await this.#client.del(unacked, unackedIndex, parked);
    return Object.values(rows).map(payloadIn);
  }

  async close(): Promise<void> {
    this.#client.disconnect();
  }
}

/** Of `[payload, exchange, routing key]`, whatever the payload is. */
function payloadIn(row: Buffer): string {
  const text = row.toString('latin1');
  const end = /, "(?:[^"\\]|\\.)*", "(?:[^"\\]|\\.)*"\]$/.exec(text.slice(-1_000));
  return end ? text.slice(1, text.length - end[0].length) : '(no claim on record)';
}
