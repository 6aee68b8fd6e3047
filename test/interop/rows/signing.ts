import { inflateSync } from 'node:zlib';
import { chain } from 'celeriac';
import { expect } from 'vitest';
import {
  packSigned,
  type SignedBody,
  unpackSigned,
} from '../../../src/protocol/signing/signed-body.ts';
import { type Envelope, eventually, type Place } from '../place.ts';
import type { Row } from '../row.ts';

/** The keys of the tests have 1024 bits. */
const SIGNATURE_BYTES = 128;

const byPython = (place: Place, options: object = {}): Promise<Envelope> =>
  place.written((queue) => place.python.call('peer.add', [2, 3], { queue, ...options }));
const byUs = (place: Place, options: object = {}): Promise<Envelope> =>
  place.written((queue) => place.app.sendTask('peer.add', [2, 3], { queue, ...options }));

function partsOf({ body, headers }: Envelope): SignedBody {
  const bytes = Buffer.from(body, 'base64');
  const text = headers['compression'] === undefined ? bytes : inflateSync(bytes);
  return unpackSigned(text.toString('latin1'), () => SIGNATURE_BYTES);
}

/** The message, bound for another queue, with something of what is signed changed. */
function changed(envelope: Envelope, queue: string, change: Partial<SignedBody>): Envelope {
  const text = packSigned({ ...partsOf(envelope), ...change }, 'raw');
  return {
    ...envelope,
    body: Buffer.from(text, 'latin1').toString('base64'),
    properties: { ...envelope.properties, delivery_info: { exchange: '', routing_key: queue } },
  };
}

/** What our worker makes of a message of Python's with such a change: its reason, as whoever waits is told. */
async function refusedByUs(place: Place, change: Partial<SignedBody>): Promise<string> {
  const envelope = await byPython(place);
  await place.push('ours', changed(envelope, 'ours', change));
  const id = String(envelope.headers['id']);
  const refused = await place.app.asyncResult(id).get({ timeout: 20 }).catch(String);
  await stillRuns(place);
  return String(refused);
}

/** The same of a message of ours that Python's worker gets; it logs the reason, and nobody is told. */
async function refusedByPython(
  place: Place,
  change: Partial<SignedBody>,
  logged: RegExp,
): Promise<void> {
  const envelope = await byUs(place);
  const from = place.pythonWorker.lines.length;
  await place.push('python', changed(envelope, 'python', change));
  await place.pythonWorker.waitForLine(logged, 20_000, from);
  await stillRuns(place);
  const id = String(envelope.headers['id']);
  await expect(place.python.state(id)).resolves.toBe('PENDING');
}

async function stillRuns({ app }: Place): Promise<void> {
  for (const queue of ['ours', 'python']) {
    const result = await app.sendTask('peer.add', [20, 3], { queue });
    await expect(result.get({ timeout: 20 })).resolves.toBe(23);
  }
}

/** Another call than the one that was signed. */
const others = '[[2, 4], {}, null]';

/** Messages signed by `setup_security` and `setupSecurity`, each side with a key of its own. */
export const rows: readonly Row[] = [
  {
    name: 'a signed message',
    notes: "`securityEnvelope: 'raw'` for Python before 5.5; what 5.5 writes is read, too",
    pythonToUs: async (place) => {
      const { python } = place;
      const id = await python.call('peer.greet', ['Zoë'], { queue: 'ours' });
      const envelope = await byPython(place);

      await expect(python.get(id)).resolves.toBe('hello Zoë');
      expect(envelope).toMatchObject({
        'content-type': 'application/data',
        'content-encoding': 'utf-8',
      });
      expect(partsOf(envelope).signerId).toBe('other 23');
    },
    usToPython: async (place) => {
      const sent = await place.app.sendTask('peer.greet', ['Zoë'], { queue: 'python' });
      const envelope = await byUs(place);

      await expect(sent.get({ timeout: 20 })).resolves.toBe('hello Zoë');
      expect(envelope).toMatchObject({
        'content-type': 'application/data',
        'content-encoding': 'utf-8',
      });
      expect(partsOf(envelope)).toMatchObject({
        ...{ signerId: 'simple 20', contentType: 'application/json', contentEncoding: 'utf-8' },
        body: partsOf(await byPython(place)).body,
      });
    },
    together: async ({ app, python }) => {
      const ran = new Set<unknown>();
      await eventually('both workers to have taken signed messages from one queue', async () => {
        const ours = await app.sendTask('peer.who', [], { queue: 'both' });
        const theirs = await python.call('peer.who', [], { queue: 'both' });
        ran.add(await ours.get({ timeout: 20 })).add(await python.get(theirs));
        return ran.size === 2;
      });
    },
  },
  {
    name: 'a signed message that is compressed',
    notes: 'it is signed first',
    pythonToUs: async (place) => {
      const { python } = place;
      const id = await python.call('peer.add', [2, 3], { queue: 'ours', compression: 'zlib' });
      const envelope = await byPython(place, { compression: 'zlib' });

      await expect(python.get(id)).resolves.toBe(5);
      expect(partsOf(envelope).signerId).toBe('other 23');
    },
    usToPython: async (place) => {
      const options = { queue: 'python', compression: 'zlib' };
      const sent = await place.app.sendTask('peer.add', [2, 3], options);

      await expect(sent.get({ timeout: 20 })).resolves.toBe(5);
      expect(partsOf(await byUs(place, { compression: 'zlib' })).signerId).toBe('simple 20');
    },
  },
  {
    name: 'a chain of signed messages, with steps in both languages',
    notes: 'each step is signed by the worker that sends it',
    pythonToUs: async ({ python }) => {
      const steps = ['1, 2', '10', '100', '1000'].map(
        (args, index) => `sig('peer.add', ${args}).set(queue='${index % 2 ? 'python' : 'ours'}')`,
      );
      const id = await python.apply(`chain(${steps.join(', ')})`);

      await expect(python.get(id)).resolves.toBe(1113);
    },
    usToPython: async ({ app }) => {
      const step = (args: number[], queue: string) =>
        app.signature<number>('peer.add', args, { queue });
      const steps = [step([1, 2], 'python'), step([10], 'ours'), step([100], 'python')] as const;
      const sent = await chain(...steps).delay();

      await expect(sent.get({ timeout: 20 })).resolves.toBe(113);
    },
  },
  {
    name: 'a signed task that tries again',
    notes: 'with the same arguments its message keeps its signature, with others it gets a new one',
    pythonToUs: async ({ python }) => {
      const again = await python.call('peer.flaky', [2], { queue: 'ours' });
      const moved = await python.call('peer.again', ['python', ['x', ['y']]], { queue: 'ours' });

      await expect(python.get(again)).resolves.toEqual([2, 'ours']);
      await expect(python.get(moved)).resolves.toMatchObject({ args: ['x', ['y']], retries: 1 });
    },
    usToPython: async ({ app }) => {
      const again = await app.sendTask('peer.flaky', [2], { queue: 'python' });
      const moved = await app.sendTask('peer.again', ['ours', ['x', ['y']]], { queue: 'python' });

      await expect(again.get({ timeout: 20 })).resolves.toEqual([2, 'python']);
      await expect(moved.get({ timeout: 20 })).resolves.toMatchObject({
        ...{ args: ['x', ['y']], retries: 1 },
      });
    },
  },
  {
    name: 'a signed message that was changed is refused',
    notes: 'by Python with a line in its log; by us as a dead letter, and who waits is told',
    pythonToUs: async (place) => {
      const reason = await refusedByUs(place, { body: others });

      expect(reason).toContain("its signature is not that of signer 'other 23'");
      const dead = await place.redis.cli('LINDEX', 'ours.dead', '0');
      expect(JSON.parse(dead)).toMatchObject({ 'content-type': 'application/data' });
    },
    usToPython: (place) => refusedByPython(place, { body: others }, /InvalidSignature/),
  },
  {
    name: 'a message of a signer who is not trusted is refused',
    pythonToUs: async (place) => {
      const reason = await refusedByUs(place, { signerId: 'evil 666' });

      expect(reason).toContain("its signer 'evil 666' is not trusted; add its certificate to");
    },
    usToPython: (place) =>
      refusedByPython(place, { signerId: 'evil 666' }, /Unknown certificate.*evil 666/),
  },
  {
    name: 'a message that is not signed is refused where signed ones are expected',
    pythonToUs: async (place) => {
      const id = await place.python.call('peer.add', [2, 3], { queue: 'ours', serializer: 'json' });

      await expect(place.python.get(id)).rejects.toThrow('it is not signed, its sender must be');
      await stillRuns(place);
    },
    usToPython: async (place) => {
      const from = place.pythonWorker.lines.length;
      await place.app.sendTask('peer.add', [2, 3], { queue: 'python', serializer: 'json' });

      await place.pythonWorker.waitForLine(/Refusing to deserialize.*json/, 20_000, from);
      await stillRuns(place);
    },
  },
  {
    name: 'a signed message whose inner content type was changed is refused',
    notes: 'nothing signs that type; we read only what `allowedSerializers` lists',
    pythonToUs: async (place) => {
      const reason = await refusedByUs(place, { contentType: 'application/x-python-serialize' });

      expect(reason).toContain("inside is 'application/x-python-serialize'; allowed is json");
    },
    usToPython: {
      cannot: 'Python decodes by whatever type stands there, pickle too',
      proof: async (place) => {
        const { app } = place;
        const envelope = await byUs(place);
        await place.push(
          'python',
          changed(envelope, 'python', { contentType: 'application/x-yaml' }),
        );

        const result = app.asyncResult(String(envelope.headers['id']));
        await expect(result.get({ timeout: 20 })).resolves.toBe(5);
      },
    },
  },
];
