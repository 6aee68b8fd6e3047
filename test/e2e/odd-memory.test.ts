import { randomUUID } from 'node:crypto';
import { dropMemoryStore, memoryStore } from '../../dist/drivers/memory/index.js';
import { brokerOf } from '../../dist/transports/memory/broker.js';
import { everywhere } from '../support/odd-all.ts';
import { noText } from '../support/odd-rows.ts';
import { survives } from '../support/odd-suite.ts';

// the built program's memory is not that of the sources
survives([...everywhere, ...noText], async () => {
  const store = memoryStore(`memory://${randomUUID()}`);
  const broker = brokerOf(store);
  return {
    url: store.url,
    putRaw: async (queue, payload) =>
      broker.publish([{ queue, step: 0, payload, route: undefined }]),
    close: async () => dropMemoryStore(store),
  };
});
