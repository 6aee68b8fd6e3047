import { openBackend } from '../../src/backends/index.ts';
import { openTransport } from '../../src/transports/index.ts';
import { aMessage, aResult } from './data.ts';

/** A program that sends and stores, closes nothing, and must end by itself. Argument: a store's URL. */
const url = process.argv[2] ?? '';
const transport = await openTransport(url, {
  visibilityTimeoutMs: 3_600_000,
  leaseTimeoutMs: 30_000,
  connectTimeoutMs: 4_000,
});
const backend = await openBackend(url, {
  expiresMs: 0,
  connectTimeoutMs: 4_000,
  jsonTypes: 'typed',
});
await transport.publish([aMessage()], AbortSignal.timeout(60_000));
const waiting = backend.wait('a', AbortSignal.timeout(60_000));
await backend.apply([backend.write(aResult({ taskId: 'a' }))]);
console.log((await waiting).status);
