import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { settingRows } from './catalogue.ts';

const settingsTest = 'test/e2e/settings.test.ts';
const options = 'test/e2e/redis-options.test.ts';
const prefixes = 'test/e2e/keyprefix.test.ts';
const tlsTest = 'test/e2e/redis-tls.test.ts';
const connections = 'src/app/connection-settings.test.ts';
const client = 'src/drivers/redis/client-options.test.ts';
const transportOptions = 'test/e2e/transport-options.test.ts';
const sendingTest = 'test/e2e/sending-faults.test.ts';
const routerTest = 'src/app/routing/router.test.ts';
const securityTest = 'src/app/security/security.test.ts';
const faults = 'test/e2e/worker-faults.test.ts';
const unlockTest = 'src/app/builtin/chord-unlock.test.ts';

/**
 * Who proves that a setting has an effect: tests that fail when nothing reads it. A new row of `tables/` needs a
 * line here. The first file of a line names the setting as it is written in the tables.
 */
const proofs: Readonly<Record<string, readonly string[]>> = {
  brokerUrl: ['test/e2e/config.test.ts'],
  brokerConnectionTimeout: [settingsTest],
  brokerSendTimeout: ['test/e2e/redis-connection.test.ts'],
  brokerConnectionMaxRetries: [options],
  brokerConnectionRetry: [options],
  brokerConnectionRetryOnStartup: [options],
  brokerFailoverStrategy: [connections, 'src/drivers/redis/route.test.ts'],
  brokerReadUrl: [connections, options],
  brokerWriteUrl: [options],
  brokerUseSsl: [tlsTest],
  'brokerTransportOptions.globalKeyprefix': [prefixes, 'test/conformance/redis-prefixed.test.ts'],
  'brokerTransportOptions.healthCheckInterval': [connections, options],
  'brokerTransportOptions.socketConnectTimeout': [connections, 'test/e2e/redis-failover.test.ts'],
  'brokerTransportOptions.socketKeepalive': [connections, client],
  'brokerTransportOptions.socketTimeout': [options],
  'brokerTransportOptions.visibilityTimeout': [settingsTest],
  'brokerTransportOptions.leaseTimeout': ['test/fixtures/tasks.ts', faults],
  'brokerTransportOptions.fanoutPatterns': [transportOptions],
  'brokerTransportOptions.fanoutPrefix': [transportOptions],
  'brokerTransportOptions.prioritySteps': [transportOptions],
  'brokerTransportOptions.queueOrderStrategy': [transportOptions],
  'brokerTransportOptions.sep': [transportOptions],
  'brokerTransportOptions.unackedIndexKey': [transportOptions],
  'brokerTransportOptions.unackedKey': [transportOptions],
  acceptContent: ['test/interop/messages.test.ts'],
  imports: ['src/app/task-modules.test.ts', 'test/e2e/task-modules.test.ts'],
  include: ['src/app/task-modules.test.ts'],
  jsonTypes: [settingsTest],
  resultBackend: ['test/e2e/config.test.ts'],
  resultAcceptContent: ['test/e2e/result-serializers.test.ts'],
  resultExtended: [settingsTest, 'src/app/run/completion.test.ts'],
  redisBackendHealthCheckInterval: [connections, options],
  redisBackendUseSsl: [tlsTest],
  redisClientName: [options],
  redisSocketConnectTimeout: [connections, 'test/e2e/redis-failover.test.ts'],
  redisSocketKeepalive: [connections, client],
  redisSocketTimeout: [options],
  'resultBackendTransportOptions.globalKeyprefix': [prefixes],
  'resultBackendTransportOptions.resultChordOrdered': ['test/e2e/redis-chords.test.ts'],
  resultChordJoinTimeout: [unlockTest],
  resultChordRetryInterval: [unlockTest],
  resultExpires: [settingsTest],
  resultSerializer: ['test/e2e/result-serializers.test.ts', 'test/interop/result-forms.test.ts'],
  securityCertificate: [securityTest],
  securityCertStore: [securityTest],
  securityDigest: [securityTest],
  securityEnvelope: [securityTest, 'test/interop/signing.test.ts'],
  securityKey: [securityTest],
  securityKeyPassword: [securityTest],
  strictTyping: ['src/app/task-definition.test.ts'],
  taskAcksLate: [settingsTest],
  taskAcksOnFailureOrTimeout: [settingsTest],
  taskAnnotations: ['src/app/task-definition.test.ts', 'test/e2e/schemas.test.ts'],
  taskCompression: ['src/app/message.test.ts', 'src/protocol/content.test.ts'],
  taskCreateMissingQueueExchangeType: [routerTest],
  taskCreateMissingQueues: [routerTest],
  taskDefaultDeliveryMode: ['src/app/message.test.ts'],
  taskDefaultExchange: [routerTest],
  taskDefaultExchangeType: [routerTest],
  taskDefaultPriority: ['src/app/message.test.ts'],
  taskDefaultQueue: ['src/app/message.test.ts', 'test/e2e/config.test.ts'],
  taskDefaultRoutingKey: [routerTest],
  taskDeliveryLimit: [settingsTest],
  taskIgnoreResult: ['src/app/celery.test.ts', 'src/app/message.test.ts'],
  taskInheritParentPriority: ['test/e2e/routing.test.ts'],
  taskMaxPayload: ['src/testing/max-payload.test.ts', settingsTest],
  taskPublishRetry: [sendingTest],
  'taskPublishRetryPolicy.intervalMax': [sendingTest],
  'taskPublishRetryPolicy.intervalStart': [sendingTest],
  'taskPublishRetryPolicy.intervalStep': [sendingTest],
  'taskPublishRetryPolicy.maxRetries': [sendingTest],
  taskQueues: [routerTest, 'test/e2e/routing.test.ts'],
  taskRejectOnWorkerLost: [settingsTest],
  taskRoutes: [routerTest, 'test/e2e/routing.test.ts'],
  taskSerializer: ['src/app/message.test.ts', 'src/protocol/content.test.ts'],
  taskStoreErrorsEvenIfIgnored: [settingsTest],
  taskAllowErrorCbOnChordHeader: ['src/canvas/links.test.ts'],
  taskAlwaysEager: ['src/app/run/eager.test.ts'],
  taskEagerPropagates: ['src/app/run/eager.test.ts'],
  taskStoreEagerResult: ['src/app/run/eager.test.ts'],
  taskTrackStarted: ['src/app/run/runner.test.ts'],
  taskUnknownRetryFor: [settingsTest, faults],
  taskValidateOnSend: ['src/app/task-definition.test.ts'],
  workerDirect: ['test/e2e/routing.test.ts'],
  workerConcurrency: [settingsTest],
  workerPool: [settingsTest],
  workerPrefetchMultiplier: [settingsTest],
  workerShutdownTimeout: [settingsTest],
};

describe('each setting has an effect that a test proves', () => {
  test.each([...settingRows.keys()])('%s', (path) => {
    const [first, ...others] = proofs[path] ?? [];
    const remedy = `'${path}' has no proof: write a test that fails when nothing reads the setting, and name its file in 'proofs' of src/config/proofs.test.ts`;
    if (first === undefined) throw new Error(remedy);

    const name = path.split('.').at(-1) ?? path;
    expect(textOf(first).includes(name), `'${first}' does not name '${name}'`).toBe(true);
    for (const file of others) expect(textOf(file)).not.toBe('');
  });

  test('nothing else is listed', () => {
    expect(Object.keys(proofs).filter((path) => !settingRows.has(path))).toEqual([]);
  });
});

/** @throws if there is no such file. */
function textOf(file: string): string {
  return readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
}
