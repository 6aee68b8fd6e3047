import { expect, onTestFinished, test } from 'vitest';
import { addressesOf, type RedisAddress } from '../../src/drivers/redis/address.ts';
import { RedisLink } from '../../src/drivers/redis/link.ts';
import { Route } from '../../src/drivers/redis/route.ts';
import { soonEnough } from '../support/messages.ts';
import { startProxy, type TcpProxy } from '../support/proxy.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { until } from '../support/waits.ts';

/** A link to the first of two servers, behind a proxy, that is held and has not connected yet. */
async function connecting(): Promise<{
  link: RedisLink;
  route: Route;
  failures: unknown[];
  proxy: TcpProxy;
  two: RedisServer;
}> {
  const [one, two] = [await startRedis(), await startRedis()];
  const proxy = await startProxy(one.port);
  const urls = `redis://127.0.0.1:${proxy.port}/0;${two.url}`;
  const addresses = addressesOf(urls, { connectTimeoutMs: 4_000 });
  const route = new Route({
    ...{ urls: urls.split(';'), shown: urls.split(';'), strategy: 'round-robin' as const },
    onNotice: () => {},
  });
  const link = new RedisLink(addresses as [RedisAddress, ...RedisAddress[]], route);
  const failures: unknown[] = [];
  link.onFailed.on((error) => failures.push(error));
  onTestFinished(() => link.close());
  return { link, route, failures, proxy, two };
}

const portOf = async (link: RedisLink): Promise<number> => {
  const config = (await link.call('config', ['get', 'port'])) as string[];
  return Number(config[1]);
};

test('a link that connects while its list moves on ends up where the others are', async () => {
  const { link, route, two } = await connecting();

  link.hold();
  route.failed(0);
  await until(async () => link.isUp && (await portOf(link)) === two.port, {
    deadlineMs: 3_000,
    what: 'the second server',
  });
});

test('a link that is called off while it connects has not failed', async () => {
  const { link, route, failures, proxy, two } = await connecting();
  proxy.blackhole();
  link.hold();
  await until(() => proxy.connections === 1, { deadlineMs: 3_000, what: 'a connection' });

  route.failed(0);
  await link.ready(soonEnough());

  expect(await portOf(link)).toBe(two.port);
  expect(failures).toEqual([]);
});
