import { randomUUID } from 'node:crypto';
import { dropMemoryStore, memoryStore } from '../../src/drivers/memory/index.ts';
import { brokerOf } from '../../src/transports/memory/broker.ts';
import { backendConformance } from './backend.ts';
import type { StoreUnderTest } from './harness.ts';
import { transportConformance } from './transport.ts';

const gaps = {
  otherProcesses: 'no other process sees what is in the memory of this one',
};

transportConformance('memory', openStore, gaps);
backendConformance('memory', openStore, gaps);

async function openStore(): Promise<StoreUnderTest> {
  const store = memoryStore(`memory://${randomUUID()}`);
  const broker = brokerOf(store);
  return {
    url: store.url,
    putRaw: async (queue, payload) =>
      broker.publish([{ queue, step: 0, payload, route: undefined }]),
    deadLetters: async (queue) => broker.deadLetters.of(queue),
    traces: async (text) => broker.queues.filter((queue) => queue.includes(text)),
    close: async () => dropMemoryStore(store),
  };
}
