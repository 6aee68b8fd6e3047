import { readFileSync } from 'node:fs';
import { Celery, type CeleryOptions } from 'celeriac';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../scripts/redis-server.mjs';

import { BrokerUntrustedError, ConfigError } from '../../src/errors.ts';
import type { TlsOptions } from '../../src/protocol/index.ts';
import {
  type CertificateFiles,
  makeAuthority,
  type TestAuthority,
} from '../support/certificates.ts';
import { aMessage, idsOf, soonEnough } from '../support/messages.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { consumeFrom, openTestTransport } from '../support/transports.ts';
import { until } from '../support/waits.ts';
import { runCli, startWorker } from '../support/worker.ts';

let authority: TestAuthority;
let client: CertificateFiles;
let server: RedisServer;
let port: number;

/** A Redis with a plain port for the test's own questions, and one with TLS. */
async function startTlsRedis(
  subjects: readonly string[],
  clients: 'yes' | 'no',
): Promise<{ server: RedisServer; port: number }> {
  const name = `server-${subjects.join('-').replace(/\W/g, '')}`;
  const { cert, key } = await authority.sign(name, subjects);
  const tlsPort = await freePort();
  const files = ['--tls-cert-file', cert, '--tls-key-file', key];
  const args = ['--tls-port', String(tlsPort), ...files, '--tls-ca-cert-file', authority.ca];
  return {
    server: await startRedis({ args: [...args, '--tls-auth-clients', clients] }),
    port: tlsPort,
  };
}

beforeAll(async () => {
  authority = await makeAuthority();
  client = await authority.sign('client');
  ({ server, port } = await startTlsRedis(['DNS:localhost', 'IP:127.0.0.1'], 'no'));
});

async function problemOf(url: string, tls?: TlsOptions): Promise<unknown> {
  const transport = await openTestTransport(url, { connection: { tls } });
  const started = performance.now();
  const problem = await transport.publish([aMessage('a')], soonEnough()).catch((error) => error);
  expect(performance.now() - started).toBeLessThan(1_500);
  return problem;
}

const anApp = (options: CeleryOptions): Celery => {
  const app = new Celery('fixture', options);
  onTestFinished(() => app.close());
  return app;
};

describe('a server whose certificate a private authority signed', () => {
  test('takes and gives messages over encrypted connections alone, all of a consumer included', async () => {
    const ca = encodeURIComponent(authority.ca);
    const transport = await openTestTransport(`rediss://127.0.0.1:${port}/0?ssl_ca_certs=${ca}`, {
      leaseTimeoutMs: 300,
    });
    await transport.publish([aMessage('a')], soonEnough());

    const { consumer, notices } = await consumeFrom(transport);

    expect(idsOf(await consumer.claim(1))).toEqual(['a']);
    // the renewal thread's connection is the third, and renews the claim that a second transport would else take
    const clients = await until(
      async () => {
        const lines = (await server.cli('CLIENT', 'LIST')).split('\n');
        const encrypted = lines.filter((line) => line.includes(`laddr=127.0.0.1:${port}`));
        return encrypted.length === 3 && lines.length === 4 ? encrypted : undefined;
      },
      { deadlineMs: 15_000, what: 'three encrypted connections' },
    );
    expect(clients).toHaveLength(3);
    expect(notices).toEqual([]);
  });

  test.each([
    [
      'the URL',
      (): CeleryOptions => ({
        broker: `rediss://localhost:${port}/0?ssl_ca_certs=${authority.ca}`,
      }),
    ],
    [
      "Celery's words in the settings",
      (): CeleryOptions => ({
        broker: `redis://localhost:${port}/0`,
        brokerUseSsl: { ssl_ca_certs: authority.ca, ssl_cert_reqs: 'required' },
        redisBackendUseSsl: { ssl_ca_certs: authority.ca },
      }),
    ],
    [
      "Node's words in the settings",
      (): CeleryOptions => ({
        broker: `redis://localhost:${port}/0`,
        brokerUseSsl: { ca: readFileSync(authority.ca), rejectUnauthorized: true },
        redisBackendUseSsl: { ca: [readFileSync(authority.ca, 'utf8')] },
      }),
    ],
    [
      'trust in whatever certificate',
      (): CeleryOptions => ({
        broker: `rediss://localhost:${port}/0`,
        brokerUseSsl: { ssl_cert_reqs: 'none' },
        redisBackendUseSsl: { rejectUnauthorized: false },
      }),
    ],
  ])('serves programs and workers that know it by %s', async (_by, options) => {
    await server.cli('FLUSHALL');
    const { broker, ...others } = options();
    const app = anApp({ broker: String(broker), backend: String(broker), ...others });
    const tls = JSON.stringify({ ssl_ca_certs: authority.ca });
    const worker = await startWorker({
      brokerUrl: `redis://localhost:${port}/0`,
      env: { CELERIAC_BROKER_USE_SSL: tls, CELERIAC_REDIS_BACKEND_USE_SSL: tls },
    });

    const result = await app.sendTask<number>('fixture.add', [2, 3]);

    await expect(result.get({ timeout: 10 })).resolves.toBe(5);
    await worker.stop();
  });

  test('is not trusted by who does not know the authority, and that is said at once', async () => {
    const error = await problemOf(`rediss://:s3cret@localhost:${port}/0`);

    expect(error).toBeInstanceOf(BrokerUntrustedError);
    expect(String(error)).toContain('this side does not trust its certificate');
    expect(String(error)).not.toContain('s3cret');
  });

  test('is not trusted by who knows another authority', async () => {
    const other = await makeAuthority('another');

    const error = await problemOf(`rediss://localhost:${port}/0`, { caFile: other.ca });

    expect(error).toBeInstanceOf(BrokerUntrustedError);
  });

  test('stops a worker at once that does not trust it', async () => {
    const url = `rediss://localhost:${port}/0`;
    const worker = runCli(
      ['-A', new URL('../fixtures/tasks.ts', import.meta.url).pathname, 'worker'],
      {
        CELERY_BROKER_URL: url,
        CELERY_RESULT_BACKEND: url,
      },
    );

    const { code } = await worker.exited;

    expect(code).toBe(1);
    expect(worker.stderr).toContain('does not trust its certificate');
  });

  test('has a client without TLS told that it may speak TLS', async () => {
    const transport = await openTestTransport(`redis://localhost:${port}/0`);
    const started = performance.now();

    const error = await transport
      .publish([aMessage('a')], AbortSignal.timeout(1_000))
      .catch((thrown: unknown) => thrown);

    expect(performance.now() - started).toBeLessThan(1_200);
    expect(String(error)).toContain("if it speaks TLS, use 'rediss://'");
  });
});

test('a client with TLS is told that a silent server may not speak it', async () => {
  const transport = await openTestTransport(`rediss://127.0.0.1:${server.port}/0`);
  const started = performance.now();

  const error = await transport
    .publish([aMessage('a')], AbortSignal.timeout(500))
    .catch((thrown: unknown) => thrown);

  expect(performance.now() - started).toBeLessThan(700);
  expect(String(error)).toContain("if it does not speak TLS, use 'redis://'");
});

test("another host's certificate is refused, unless the name is given or not looked at", async () => {
  const elsewhere = await startTlsRedis(['DNS:redis.example'], 'no');
  const url = `rediss://localhost:${elsewhere.port}/0`;
  const caFile = authority.ca;

  const error = await problemOf(url, { caFile });

  expect(error).toBeInstanceOf(BrokerUntrustedError);
  expect(String(error)).toContain('its certificate is for another host');
  expect(await problemOf(url, { caFile, servername: 'redis.example' })).toBeUndefined();
  expect(await problemOf(url, { caFile, checkHostname: false })).toBeUndefined();
  expect(await problemOf(`${url}?ssl_check_hostname=false`, { caFile })).toBeUndefined();
});

test('a server that asks for a certificate lets in who has one, and refuses the others', async () => {
  const strict = await startTlsRedis(['DNS:localhost'], 'yes');
  const url = `rediss://localhost:${strict.port}/0`;
  const caFile = authority.ca;
  const stranger = await (await makeAuthority('strangers')).sign('stranger');

  const error = await problemOf(url, { caFile });
  const files = { certFile: stranger.cert, keyFile: stranger.key };

  expect(error).toBeInstanceOf(BrokerUntrustedError);
  expect(String(error)).toContain('it does not trust this side');
  expect(await problemOf(url, { caFile, ...files })).toBeInstanceOf(BrokerUntrustedError);
  const own = { certFile: client.cert, keyFile: client.key };
  expect(await problemOf(url, { caFile, ...own })).toBeUndefined();
  const parameters = `ssl_ca_certs=${caFile}&ssl_certfile=${client.cert}&ssl_keyfile=${client.key}`;
  expect(await problemOf(`${url}?${parameters}`)).toBeUndefined();
});

test('files that cannot be read, and keys of other certificates, are wrong settings', async () => {
  const url = `rediss://localhost:${port}/0`;

  await expect(openTestTransport(`${url}?ssl_ca_certs=/nowhere/ca.pem`)).rejects.toThrow(
    ConfigError,
  );
  const tls = { certFile: client.cert, keyFile: authority.ca };
  await expect(openTestTransport(url, { connection: { tls } })).rejects.toThrow(ConfigError);
});
