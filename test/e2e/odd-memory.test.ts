import { randomUUID } from 'node:crypto';
import { dropMemoryStore, memoryStore } from '../../dist/drivers/memory/index.js';
import { brokerOf } from '../../dist/transports/memory/broker.js';
import { captures, chains } from '../support/odd-captures.ts';
import { pickles } from '../support/odd-pickles.ts';
import { broken, entries, noText, odd, oldMessages, unreadable } from '../support/odd-rows.ts';
import { survives } from '../support/odd-suite.ts';

// the built program's memory is not that of the sources
survives(
  [
    ...captures,
    ...chains,
    ...entries,
    ...broken,
    ...unreadable,
    ...pickles,
    ...odd,
    ...noText,
    ...oldMessages,
  ],
  async () => {
    const store = memoryStore(`memory://${randomUUID()}`);
    const broker = brokerOf(store);
    return {
      url: store.url,
      putRaw: async (queue, payload) =>
        broker.publish([{ queue, step: 0, payload, route: undefined }]),
      close: async () => dropMemoryStore(store),
    };
  },
);
