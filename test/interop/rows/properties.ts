import { expect } from 'vitest';
import { ourCall, pythonsCall, seenByPython, seenByUs } from '../asking.ts';
import type { Envelope, Place } from '../place.ts';
import type { Row } from '../row.ts';

/** What either client writes for a task, with the other's options where they have another name. */
const byPython = (place: Place, options: object = {}): Promise<Envelope> =>
  place.written((queue) => place.python.call('any', [], { queue, ...options }));
const byUs = (place: Place, options: object = {}): Promise<Envelope> =>
  place.written((queue) => place.app.sendTask('any', [], { queue, ...options }));

/** That much of a message's properties as its task is told of, whoever ran it. */
type Properties = Readonly<Record<string, unknown>>;
const propertiesSeenByUs = async (place: Place, options: object = {}): Promise<Properties> =>
  (await seenByUs(place, { ...options }))['properties'] as Properties;
const propertiesSeenByPython = async (place: Place, options: object = {}): Promise<Properties> =>
  (await seenByPython(place, options))['properties'] as Properties;

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** Properties of a message, and the rest of the envelope around it on Redis. */
export const rows: readonly Row[] = [
  {
    name: "property 'correlation_id'",
    notes: "the task's id",
    pythonToUs: async (place) => {
      const facts = await seenByUs(place);

      expect(facts['correlationId']).toBe(facts['id']);
    },
    usToPython: async (place) => {
      const facts = await seenByPython(place);

      expect(facts['correlation_id']).toBe(facts['id']);
    },
  },
  {
    name: "property 'reply_to'",
    notes: "the app's own id, or what the call says",
    pythonToUs: async (place) => {
      expect((await seenByUs(place))['replyTo']).toMatch(uuid);
      const facts = await seenByUs(place, { reply_to: 'somebody' });
      expect(facts['replyTo']).toBe('somebody');
    },
    usToPython: async (place) => {
      expect((await seenByPython(place))['reply_to']).toBe(place.app.replyTo);
      const facts = await seenByPython(place, { replyTo: 'somebody' });
      expect(facts['reply_to']).toBe('somebody');
    },
  },
  {
    name: "property 'delivery_mode'",
    notes: '2 persistent, 1 transient; Redis makes no difference',
    pythonToUs: async (place) => {
      const transient = await propertiesSeenByUs(place, { delivery_mode: 1 });

      expect(transient['delivery_mode']).toBe(1);
      expect(await propertiesSeenByUs(place)).toMatchObject({ delivery_mode: 2 });
    },
    usToPython: async (place) => {
      const transient = await propertiesSeenByPython(place, { deliveryMode: 1 });

      expect(transient['delivery_mode']).toBe(1);
      expect(await propertiesSeenByPython(place)).toMatchObject({ delivery_mode: 2 });
    },
  },
  {
    name: "property 'delivery_info'",
    notes: 'an empty exchange and the queue; through exchanges see there',
    pythonToUs: async (place) => {
      await expect(seenByUs(place)).resolves.toMatchObject({
        queue: 'ours',
        deliveryInfo: { exchange: '', routingKey: 'ours', redelivered: false },
      });
    },
    usToPython: async (place) => {
      await expect(seenByPython(place)).resolves.toMatchObject({
        delivery_info: { exchange: '', routing_key: 'python', redelivered: null },
      });
    },
  },
  {
    name: "property 'body_encoding': base64",
    pythonToUs: async (place) => {
      const { body, properties } = await byPython(place);

      expect(properties['body_encoding']).toBe('base64');
      expect(Buffer.from(body, 'base64').toString()).toMatch(/^\[\[\], \{\}, \{"callbacks": null/);
      await expect(pythonsCall(place, 'peer.who', [])).resolves.toBe('ours');
    },
    usToPython: async (place) => {
      const [ours, theirs] = [await byUs(place), await byPython(place)];

      expect(ours.properties['body_encoding']).toBe('base64');
      expect(ours.body).toBe(theirs.body);
      await expect(ourCall(place, 'peer.who', [])).resolves.toBe('python');
    },
  },
  {
    name: "property 'body_encoding': utf-8",
    notes: "Kombu's transport option `body_encoding`",
    pythonToUs: async (place) => {
      const id = `plain body ${Date.now()}`;
      const envelope = await byPython(place, { task_id: id });
      const { headers, properties } = envelope;
      await place.push('ours', {
        ...envelope,
        body: '[["é"], {}, {}]',
        headers: { ...headers, task: 'peer.echo' },
        properties: { ...properties, body_encoding: 'utf-8' },
      });

      await expect(place.python.get(id)).resolves.toEqual(['é']);
    },
    usToPython: { cannot: 'we always write base64, which every Celery reads' },
  },
  {
    name: "property 'delivery_tag'",
    notes: 'a UUID for each publishing',
    pythonToUs: async (place) => {
      const [one, other] = [await byPython(place), await byPython(place)];
      const tags = [one, other].map(({ properties }) => properties['delivery_tag']);

      expect(tags).toEqual([expect.stringMatching(uuid), expect.stringMatching(uuid)]);
      expect(tags[0]).not.toBe(tags[1]);
      await expect(pythonsCall(place, 'peer.who', [])).resolves.toBe('ours');
    },
    usToPython: async (place) => {
      const [one, other] = [
        await propertiesSeenByPython(place),
        await propertiesSeenByPython(place),
      ];

      expect(one['delivery_tag']).toMatch(uuid);
      expect(one['delivery_tag']).not.toBe(other['delivery_tag']);
    },
  },
  {
    name: "property 'argsrepr', property 'kwargsrepr'",
    notes: 'leftovers of Python when a call gives them; the headers count',
    pythonToUs: async (place) => {
      const shown = { argsrepr: '(hidden)', kwargsrepr: '{hidden}' };

      expect(await propertiesSeenByUs(place, shown)).toMatchObject(shown);
    },
    usToPython: { cannot: 'we write the headers alone, which is what Python reads' },
  },
  {
    name: "property 'app_id', and others of AMQP",
    notes: '`properties: { appId, userId, messageId, clusterId, type, timestamp }` here',
    pythonToUs: async (place) => {
      const given = { app_id: 'shop', message_id: 'm1', type: 'order', timestamp: 1_700_000_000 };

      expect(await propertiesSeenByUs(place, given)).toMatchObject(given);
    },
    usToPython: async (place) => {
      const properties = {
        appId: 'shop',
        messageId: 'm1',
        type: 'order',
        timestamp: 1_700_000_000,
      };

      expect(await propertiesSeenByPython(place, { properties })).toMatchObject({
        ...{ app_id: 'shop', message_id: 'm1', type: 'order', timestamp: 1_700_000_000 },
      });
    },
  },
  {
    name: "envelope 'content-type', 'content-encoding'",
    notes: '`application/json` and `utf-8`; for others see the serializers',
    pythonToUs: async (place) => {
      const known = { 'content-type': 'application/json', 'content-encoding': 'utf-8' };

      expect(await byPython(place)).toMatchObject(known);
      await expect(pythonsCall(place, 'peer.who', [])).resolves.toBe('ours');
    },
    usToPython: async (place) => {
      const known = { 'content-type': 'application/json', 'content-encoding': 'utf-8' };

      expect(await byUs(place)).toMatchObject(known);
      await expect(ourCall(place, 'peer.who', [])).resolves.toBe('python');
    },
  },
  {
    name: 'the whole envelope',
    notes: 'the same names in the same order; 5.6 and we have three headers more',
    pythonToUs: async (place) => {
      const id = `an envelope as it is ${Date.now()}`;
      const envelope = await byPython(place, { task_id: id });
      await place.push('ours', { ...envelope, headers: { ...envelope.headers, task: 'peer.who' } });

      await expect(place.python.get(id)).resolves.toBe('ours');
    },
    usToPython: async (place) => {
      const [ours, theirs] = [await byUs(place), await byPython(place)];
      const newer = ['replaced_task_nesting', 'stamped_headers', 'stamps'];

      expect(Object.keys(ours)).toEqual(Object.keys(theirs));
      expect(Object.keys(ours.properties)).toEqual(Object.keys(theirs.properties));
      expect(Object.keys(ours.headers)).toEqual([...Object.keys(theirs.headers), ...newer]);
    },
  },
];
