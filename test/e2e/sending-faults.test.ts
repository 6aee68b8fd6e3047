import { Celery, type CeleryOptions } from 'celeriac';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { freePort } from '../../scripts/redis-server.mjs';
import { makeAuthority } from '../support/certificates.ts';
import { startProxy } from '../support/proxy.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';

/** What a send may take beyond its deadline, and what a machine under load adds. */
const LATE_MS = 200;
const LOAD_MS = 600;
const DEADLINE_S = 1;

let redis: RedisServer;
let app: Celery;

beforeEach(async () => {
  redis = await startRedis();
});
afterEach(() => app.close());

function open(url: string, options: CeleryOptions = {}): Celery {
  app = new Celery('sender', { broker: url, brokerSendTimeout: DEADLINE_S, ...options });
  return app;
}

/** How a send ended, and after how long. */
async function ending(name = 't.lost', options: object = {}) {
  const started = performance.now();
  const error: unknown = await app.sendTask(name, [], options).then(
    () => 'sent',
    (thrown: unknown) => thrown,
  );
  return { error, tookMs: performance.now() - started };
}

/** The tasks that wait, once whatever may still come has come: what is sent now arrives after it. */
async function delivered(): Promise<string[]> {
  const later = new Celery('later', { broker: redis.url });
  await later.sendTask('t.later');
  await later.close();
  const entries = await redis.cli('LRANGE', 'celery', '0', '-1');
  return [...entries.matchAll(/"task": "(t\.\w+)"/g)].map(([, task]) => String(task)).reverse();
}

describe('a send that cannot be made rejects in time, and nothing of it is delivered later:', () => {
  test('nobody listens', async () => {
    const port = await freePort();
    open(`redis://:s3cret@127.0.0.1:${port}`);

    const { error, tookMs } = await ending();

    expect(error).toMatchObject({ name: 'BrokerUnavailableError', code: 'BROKER_UNAVAILABLE' });
    expect(String(error)).toContain(`127.0.0.1:${port}`);
    expect(String(error)).not.toContain('s3cret');
    expect(tookMs).toBeLessThan(DEADLINE_S * 1_000 + LATE_MS + LOAD_MS);
    await startRedis({ port }).then((server) => {
      redis = server;
    });
    expect(await delivered()).toEqual(['t.later']);
  });

  test('packets vanish before the connection is there', async () => {
    const proxy = await startProxy(redis.port);
    proxy.blackhole();
    open(`redis://127.0.0.1:${proxy.port}`);

    const { error, tookMs } = await ending();

    expect(error).toMatchObject({ code: expect.stringMatching(/BROKER_UNAVAILABLE|SEND_TIMEOUT/) });
    expect(tookMs).toBeLessThan(DEADLINE_S * 1_000 + LATE_MS + LOAD_MS);
    await proxy.resume();
    expect(await delivered()).toEqual(['t.later']);
  });

  test('packets vanish once it is', async () => {
    const proxy = await startProxy(redis.port);
    open(`redis://127.0.0.1:${proxy.port}`);
    await app.sendTask('t.before');
    proxy.blackhole();

    const { error, tookMs } = await ending();

    expect(error).toMatchObject({ name: 'SendTimeoutError', code: 'SEND_TIMEOUT' });
    expect(tookMs).toBeGreaterThan(DEADLINE_S * 1_000 - 50);
    expect(tookMs).toBeLessThan(DEADLINE_S * 1_000 + LATE_MS + LOAD_MS);
    await proxy.resume();
    expect(await delivered()).toEqual(['t.before', 't.later']);
  });

  test('the password is wrong', async () => {
    const server = await startRedis({ args: ['--requirepass', 'right'] });
    open(`redis://:wrong@127.0.0.1:${server.port}`, { brokerSendTimeout: 10 });

    const { error, tookMs } = await ending();

    expect(error).toMatchObject({ name: 'BrokerRefusedError', code: 'BROKER_REFUSED' });
    expect(String(error)).not.toContain('wrong@');
    expect(tookMs).toBeLessThan(1_000 + LOAD_MS); // at once: trying again is of no use
  });

  test('one side speaks TLS and the other does not', async () => {
    const authority = await makeAuthority();
    const { cert, key } = await authority.sign('server', ['IP:127.0.0.1']);
    const tlsPort = await freePort();
    const files = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-auth-clients', 'no'];
    await startRedis({
      args: ['--tls-port', String(tlsPort), ...files, '--tls-ca-cert-file', authority.ca],
    });
    open(`redis://127.0.0.1:${tlsPort}`);
    const plain = await ending();
    await app.close();
    open(`rediss://127.0.0.1:${redis.port}`);
    const tls = await ending();

    for (const { error, tookMs } of [plain, tls]) {
      expect(error).toMatchObject({ code: expect.stringMatching(/^BROKER_UN/) });
      expect(String(error)).toMatch(/TLS.*use 'rediss?:\/\//);
      expect(tookMs).toBeLessThan(DEADLINE_S * 1_000 + LATE_MS + LOAD_MS);
    }
  });

  test('the broker stands still midway', async () => {
    open(redis.url);
    await app.sendTask('t.before');
    redis.freeze();

    const { error, tookMs } = await ending();
    redis.thaw();

    expect(error).toMatchObject({ name: 'SendTimeoutError', code: 'SEND_TIMEOUT' });
    expect(tookMs).toBeLessThan(DEADLINE_S * 1_000 + LATE_MS + LOAD_MS);
    expect(await delivered()).toEqual(['t.before', 't.later']);
  });

  test('the broker is stopped midway', async () => {
    const { port } = redis;
    open(redis.url);
    await app.sendTask('t.before');
    await redis.stop();

    const { error, tookMs } = await ending();

    expect(error).toMatchObject({ name: 'BrokerUnavailableError', code: 'BROKER_UNAVAILABLE' });
    expect(tookMs).toBeLessThan(DEADLINE_S * 1_000 + LATE_MS + LOAD_MS);
    redis = await startRedis({ port });
    expect(await delivered()).toEqual(['t.later']);
  });
});

describe('while the broker cannot be reached', () => {
  const patient = { brokerSendTimeout: 20 };

  test('taskPublishRetry false fails at the first trouble, and so does a call that says it', async () => {
    const url = `redis://127.0.0.1:${await freePort()}`;

    open(url, { ...patient, taskPublishRetry: false });
    const bySetting = await ending();
    await app.close();
    open(url, patient);
    const byCall = await ending('t.lost', { retry: false });

    for (const { error, tookMs } of [bySetting, byCall]) {
      expect(error).toMatchObject({ code: 'BROKER_UNAVAILABLE' });
      expect(tookMs).toBeLessThan(1_000 + LOAD_MS);
    }
  });

  test('it is tried again as often and as soon as taskPublishRetryPolicy says, or a call', async () => {
    const url = `redis://127.0.0.1:${await freePort()}`;
    const policy = { maxRetries: 3, intervalStart: 0.1, intervalStep: 0.2, intervalMax: 0.3 };

    open(url, { ...patient, taskPublishRetryPolicy: policy });
    const bySetting = await ending(); // 0.1 + 0.3 + 0.3 s
    const byCall = await ending('t.lost', { retryPolicy: { maxRetries: 1 } }); // 0.1 s

    expect(bySetting.error).toMatchObject({ code: 'BROKER_UNAVAILABLE' });
    expect(bySetting.tookMs).toBeGreaterThan(700 - 50);
    expect(bySetting.tookMs).toBeLessThan(700 + 1_000 + LOAD_MS);
    expect(byCall.tookMs).toBeGreaterThan(100 - 50);
    expect(byCall.tookMs).toBeLessThan(600 + LOAD_MS);
  });

  test('the deadline comes before the policy', async () => {
    const retryPolicy = { maxRetries: 1_000, intervalStart: 30, intervalMax: 30 };
    open(`redis://127.0.0.1:${await freePort()}`);

    const { error, tookMs } = await ending('t.lost', { retryPolicy });

    expect(error).toMatchObject({ code: 'BROKER_UNAVAILABLE' });
    expect(tookMs).toBeLessThan(DEADLINE_S * 1_000 + LATE_MS + LOAD_MS);
  });

  test('what is tried again is sent once, as soon as the broker is there', async () => {
    const port = await freePort();
    open(`redis://127.0.0.1:${port}`, patient);
    const policies = [undefined, { maxRetries: 100, intervalStart: 0.05, intervalMax: 0.05 }];

    const sends = policies.map((retryPolicy) => app.sendTask('t.patient', [], { retryPolicy }));
    redis = await startRedis({ port });
    await Promise.all(sends);

    expect(await delivered()).toEqual(['t.patient', 't.patient', 't.later']);
  });
});
