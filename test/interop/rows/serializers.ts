import zlib from 'node:zlib';
import { Decimal, PlainDate, PlainTime, Uuid } from 'celeriac';
import { expect } from 'vitest';
import { retriedByUs } from '../asking.ts';
import { proofOf, type Row } from '../row.ts';

/** What every serializer has a form for. */
const value = [
  ...[null, true, 0, -1, 1.5, 2 ** 40, 'yes', '012', '1:30', '<<', '', 'é 😀', 'a\nb'],
  { list: [1, [2, []]], '2': {}, yes: null },
];

function serializer(name: string, notes?: string): Row {
  return {
    name: `serializer '${name}'`,
    ...(notes === undefined ? {} : { notes }),
    pythonToUs: async ({ python }) => {
      const id = await python.call('peer.echo', value, { queue: 'ours', serializer: name });

      await expect(python.get(id)).resolves.toEqual(value);
    },
    usToPython: async ({ app }) => {
      const result = await app.sendTask('peer.echo', value, { queue: 'python', serializer: name });

      await expect(result.get({ timeout: 20 })).resolves.toEqual(value);
    },
  };
}

/** Long enough that it is smaller when it is packed. */
const long = ['word '.repeat(2_000), 'é'];

function compression(name: string, header: string): Row {
  return {
    name: `compression '${name}'`,
    notes: `header \`${header}\``,
    pythonToUs: async (place) => {
      const { python } = place;
      const options = { serializer: 'yaml', compression: name };
      const id = await python.call('peer.echo', long, { ...options, queue: 'ours' });
      const message = await place.written((queue) =>
        python.call('peer.echo', long, { ...options, queue }),
      );

      await expect(python.get(id)).resolves.toEqual(long);
      expect(message.headers['compression']).toBe(header);
      expect(message.body.length).toBeLessThan(1_000);
    },
    usToPython: async (place) => {
      const { app } = place;
      const options = { serializer: 'yaml', compression: name };
      const result = await app.sendTask('peer.echo', long, { ...options, queue: 'python' });
      const message = await place.written((queue) =>
        app.sendTask('peer.echo', long, { ...options, queue }),
      );

      await expect(result.get({ timeout: 20 })).resolves.toEqual(long);
      expect(message.headers['compression']).toBe(header);
      expect(message.body.length).toBeLessThan(1_000);
    },
  };
}

/** A compression that is read, and refused when a message of ours is to be sent with it. */
function onlyRead(name: string, header: string, cannot: string): Row {
  const both = compression(name, header);
  return {
    ...both,
    usToPython: {
      cannot,
      proof: async (place) => {
        // for what a later Node does
        if (name === 'zstd' && 'zstdCompressSync' in zlib) return proofOf(both.usToPython)?.(place);
        const send = async () => place.app.sendTask('peer.echo', long, { compression: name });

        await expect(send()).rejects.toThrow(`compression '${name}' can be read, not written here`);
      },
    },
  };
}

export const rows: readonly Row[] = [
  serializer('json'),
  serializer('yaml'),
  serializer('msgpack'),
  serializer('pickle', 'as data: no object of a class is built'),
  {
    name: "serializer 'pickle' with dates, decimals, UUIDs, bytes, sets",
    notes: 'sets and tuples become lists',
    pythonToUs: async ({ python }) => {
      const id = await python.evaluate(
        `app.send_task('peer.describe', args=[RICH], serializer='pickle', queue='ours').id`,
      );

      await expect(python.get(String(id))).resolves.toEqual([
        '2024-01-02T03:04:05.678Z',
        "PlainDate { text: '2024-01-02' }",
        "PlainTime { text: '03:04:05' }",
        "Decimal { text: '1.50' }",
        "Uuid { text: '12345678-1234-5678-1234-567812345678' }",
        ...['<Buffer ff 00>', '[ 7 ]', '[ 1, 2 ]', '1180591620717411303424n'],
      ]);
    },
    usToPython: async ({ app }) => {
      const rich = [
        new Date('2024-01-02T03:04:05.678Z'),
        new PlainDate('2024-01-02'),
        new PlainTime('03:04:05'),
        new Decimal('1.50'),
        new Uuid('12345678-1234-5678-1234-567812345678'),
        Buffer.from([255, 0]),
        2n ** 70n,
      ];
      const options = { queue: 'python', serializer: 'pickle' };
      const result = await app.sendTask('peer.reprs', rich, options);

      await expect(result.get({ timeout: 20 })).resolves.toEqual([
        'datetime.datetime(2024, 1, 2, 3, 4, 5, 678000, tzinfo=datetime.timezone.utc)',
        'datetime.date(2024, 1, 2)',
        'datetime.time(3, 4, 5)',
        "Decimal('1.50')",
        "UUID('12345678-1234-5678-1234-567812345678')",
        "b'\\xff\\x00'",
        '1180591620717411303424',
      ]);
    },
  },
  {
    name: "serializer 'pickle' with an object of a class",
    pythonToUs: {
      cannot: 'no object is built: the message is malformed, and the error names the class',
      proof: async ({ python }) => {
        const id = await python.evaluate(
          `app.send_task('peer.echo', args=[COUNTER], serializer='pickle', queue='ours').id`,
        );

        await expect(python.get(String(id))).rejects.toThrow('names collections.Counter at byte');
      },
    },
    usToPython: { cannot: 'there is no class of theirs here' },
  },
  compression('gzip', 'application/x-gzip'),
  compression('zlib', 'application/x-gzip'),
  compression('brotli', 'application/x-brotli'),
  onlyRead('bzip2', 'application/x-bz2', 'refused, as Node has no writer of it'),
  onlyRead('lzma', 'application/x-lzma', 'refused, as Node has no writer of it'),
  onlyRead('zstd', 'application/zstd', 'refused before Node 22.15; from there on it is sent'),
  {
    name: "compression 'bzip2', 'lzma' and 'zstd' after a retry with other arguments",
    notes: 'what cannot be written again goes on in the clear, and its header says so',
    pythonToUs: async (place) => {
      for (const name of ['bzip2', 'lzma', 'zstd']) {
        const isWritten = name === 'zstd' && 'zstdCompressSync' in zlib;
        const { headers } = await retriedByUs(place, ['other', 1], { compression: name });
        expect(headers).toMatchObject({ retries: 1 });
        expect('compression' in headers).toBe(isWritten);
        const same = await retriedByUs(place, null, { compression: name });
        expect(same.headers).toHaveProperty('compression');
      }
    },
    usToPython: { cannot: "Celery 5.2's retry is written as the task and its settings say" },
  },
];
