import { expect } from 'vitest';
import { ourCall, pythonsCall, retriedByUs } from '../asking.ts';
import type { Row } from '../row.ts';

const texts = ['yes', 'y', '012', '08', '1:30', '1e3', '2001-1-1', '<<', '', 'é 😀', 'a\nb'];
const args = [texts, [0, -1, 1.5, 1e21, 1e-7, 2 ** 40], { '2': [{}], yes: null }, true];

/** What a body is written in. */
export const rows: readonly Row[] = [
  {
    name: "header 'compression'",
    notes: 'zlib and gzip, which are one method; for others see the serializers',
    pythonToUs: async (place) => {
      for (const compression of ['zlib', 'gzip']) {
        await expect(pythonsCall(place, 'peer.echo', args, { compression })).resolves.toEqual(args);
      }
    },
    usToPython: async (place) => {
      for (const compression of ['zlib', 'gzip'] as const) {
        await expect(ourCall(place, 'peer.echo', args, { compression })).resolves.toEqual(args);
      }
    },
  },
  {
    name: 'a body in yaml, compressed',
    notes: 'with texts that are none without quotes, such as `yes`, `012` and `1:30`',
    pythonToUs: async (place) => {
      const options = { serializer: 'yaml', compression: 'zlib' };

      await expect(pythonsCall(place, 'peer.echo', args, options)).resolves.toEqual(args);
    },
    usToPython: async (place) => {
      const options = { serializer: 'yaml', compression: 'gzip' } as const;

      await expect(ourCall(place, 'peer.echo', args, options)).resolves.toEqual(args);
    },
  },
  {
    name: 'serializer and compression after a retry',
    notes: 'with the same arguments, and with others',
    pythonToUs: async (place) => {
      const options = { serializer: 'yaml', compression: 'zlib' };

      for (const changed of [null, ['other', 1]]) {
        const { headers } = await retriedByUs(place, changed, options);
        expect(headers).toMatchObject({ retries: 1, compression: 'application/x-gzip' });
      }
      await expect(pythonsCall(place, 'peer.again', ['ours'], options)).resolves.toMatchObject({
        ...{ retries: 1, args: ['ours'] },
      });
    },
    usToPython: {
      cannot: "Celery 5.2's retry is written as the task and its settings say",
      proof: async (place) => {
        const options = { serializer: 'yaml', compression: 'zlib' } as const;
        const facts = await ourCall(place, 'peer.again', ['python'], options);

        expect(facts).toMatchObject({ retries: 1, args: ['python'] });
        expect(facts).not.toHaveProperty('compression');
      },
    },
  },
  {
    name: 'a serializer that is not accepted',
    notes:
      'our worker keeps the message among its dead letters and fails the task; Python drops it, and who waits is told nothing',
    pythonToUs: async (place) => {
      const options = { serializer: 'pickle', queue: 'ours' };
      const id = await place.python.call('peer.who', [], options);

      await expect(place.python.get(id)).rejects.toThrow('application/x-python-serialize');
      await expect(place.redis.cli('LINDEX', 'ours.dead', '0')).resolves.toContain(id);
    },
    usToPython: async (place) => {
      const options = { serializer: 'msgpack', queue: 'python' } as const;
      const { id } = await place.app.sendTask('peer.who', [], options);

      await place.pythonWorker.waitForLine(/Refusing to deserialize.*msgpack/, 10_000);
      await expect(ourCall(place, 'peer.who', [])).resolves.toBe('python');
      await expect(place.python.state(id)).resolves.toBe('PENDING');
    },
  },
];
