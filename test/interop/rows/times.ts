import { expect } from 'vitest';
import { errorOf, ourCall, pythonsCall, seenByPython, seenByUs, stored } from '../asking.ts';
import type { Place } from '../place.ts';
import type { Row } from '../row.ts';

/** A bit of time that tells a task that waits from one that does not. */
const SPAN_S = 0.6;

/** Milliseconds that a call took, from before it was sent until its result was there. */
async function msOf(call: () => Promise<unknown>): Promise<number> {
  const sentMs = Date.now();
  await call();
  return Date.now() - sentMs;
}

/** The time that a message's header names, as either client writes it. */
const writtenByPython = async (place: Place, expression: string): Promise<unknown> =>
  (
    await place.written((queue) =>
      place.python.evaluate(`app.send_task('any', queue='${queue}', ${expression}).id`),
    )
  ).headers;

/** Sends by Python's client with an option that only Python can say. @returns the task's id. */
async function sendByPython({ python }: Place, option: string): Promise<string> {
  return (await python.evaluate(
    `app.send_task('peer.request', queue='ours', ${option}).id`,
  )) as string;
}

const isoUtc = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?\+00:00$/;
const now = "__import__('datetime').datetime.utcnow()";
const soon = `${now} + __import__('datetime').timedelta(seconds=${SPAN_S})`;
const berlin = "__import__('datetime').timezone(__import__('datetime').timedelta(hours=2))";

/** When a task may start, and when no more. */
export const rows: readonly Row[] = [
  {
    name: "header 'eta': by a countdown",
    pythonToUs: async (place) => {
      const options = { countdown: SPAN_S };
      const ms = await msOf(() => pythonsCall(place, 'peer.who', [], options));

      expect(ms).toBeGreaterThanOrEqual(SPAN_S * 1000);
      const { eta } = await seenByUs(place, options);
      expect(eta).toMatch(/Z$/);
    },
    usToPython: async (place) => {
      const options = { countdown: SPAN_S };
      const ms = await msOf(() => ourCall(place, 'peer.who', [], options));

      expect(ms).toBeGreaterThanOrEqual(SPAN_S * 1000);
      const { eta } = await seenByPython(place, options);
      expect(eta).toMatch(isoUtc);
    },
    together: async (place) => {
      const options = { countdown: SPAN_S, queue: 'both' };
      const sends = [1, 2, 3].flatMap(() => [
        pythonsCall(place, 'peer.who', [], options),
        ourCall(place, 'peer.who', [], options),
      ]);

      const ms = await msOf(() => Promise.all(sends));
      expect(ms).toBeGreaterThanOrEqual(SPAN_S * 1000);
    },
  },
  {
    name: "header 'eta': with an offset",
    notes: 'Python writes the offset that its caller has; a `Date` of ours is UTC',
    pythonToUs: async (place) => {
      const inBerlin = `(${soon}).replace(tzinfo=__import__('datetime').timezone.utc).astimezone(${berlin})`;

      expect(await writtenByPython(place, `eta=${inBerlin}`)).toMatchObject({
        eta: expect.stringMatching(/\+02:00$/),
      });
      const ms = await msOf(async () => {
        await place.python.get(await sendByPython(place, `eta=${inBerlin}`));
      });
      expect(ms).toBeGreaterThanOrEqual(SPAN_S * 1000 - 1);
    },
    usToPython: async (place) => {
      const eta = new Date(Date.now() + SPAN_S * 1000);
      const ms = await msOf(() => ourCall(place, 'peer.who', [], { eta }));

      expect(ms).toBeGreaterThanOrEqual(SPAN_S * 1000 - 1);
      const facts = await seenByPython(place, { eta });
      expect(Date.parse(String(facts['eta']))).toBe(eta.getTime());
    },
  },
  {
    name: "header 'eta': without a zone",
    notes: 'means UTC to both',
    pythonToUs: async (place) => {
      expect(await writtenByPython(place, `eta=${soon}`)).toMatchObject({
        eta: expect.stringMatching(/T[\d:.]+$/),
      });
      const ms = await msOf(async () => {
        await place.python.get(await sendByPython(place, `eta=${soon}`));
      });
      expect(ms).toBeGreaterThanOrEqual(SPAN_S * 1000 - 1);
    },
    usToPython: { cannot: 'a `Date` is an instant, and goes out with `+00:00`' },
  },
  {
    name: "header 'expires': after seconds",
    pythonToUs: async (place) => {
      const facts = await seenByUs(place, { expires: 30 });

      expect(Date.parse(String(facts['expires'])) - Date.now()).toBeLessThanOrEqual(30_000);
    },
    usToPython: async (place) => {
      const facts = await seenByPython(place, { expires: 30 });

      expect(facts['expires']).toMatch(isoUtc);
      expect(Date.parse(String(facts['expires'])) - Date.now()).toBeLessThanOrEqual(30_000);
    },
  },
  {
    name: "property 'expiration'",
    notes: 'the same as milliseconds in a text; Redis makes no use of it',
    pythonToUs: async (place) => {
      const facts = await seenByUs(place, { expires: 30 });

      expect(facts['properties']).toMatchObject({ expiration: '30000' });
    },
    usToPython: async (place) => {
      const facts = await seenByPython(place, { expires: 30 });

      expect(facts['properties']).toMatchObject({ expiration: '30000' });
    },
  },
  {
    name: "header 'expires': at a date",
    pythonToUs: async (place) => {
      const at = `${now}.replace(microsecond=0) + __import__('datetime').timedelta(hours=1)`;
      const id = await sendByPython(place, `expires=${at}`);

      const { expires } = (await place.python.get(id)) as { expires: string };
      expect(Date.parse(expires) - Date.now()).toBeGreaterThan(3_500_000);
    },
    usToPython: async (place) => {
      const expires = new Date(Date.now() + 3_600_000);

      const facts = await seenByPython(place, { expires });
      expect(Date.parse(String(facts['expires']))).toBe(expires.getTime());
    },
  },
  {
    name: "header 'expires': already over; state REVOKED",
    notes: 'the reason is `expired`, which either client reads',
    pythonToUs: async (place) => {
      const id = await sendByPython(place, `expires=${now}`);

      await expect(place.python.get(id)).rejects.toMatchObject({
        ...{ type: 'TaskRevokedError', message: 'TaskRevokedError: expired' },
      });
      await expect(place.python.state(id)).resolves.toBe('REVOKED');
      await expect(stored(place, id)).resolves.toMatchObject({ traceback: null });
    },
    usToPython: async (place) => {
      const expires = new Date(Date.now() - 1_000);
      const sent = await place.app.sendTask('peer.who', [], { queue: 'python', expires });

      await expect(errorOf(sent)).resolves.toMatchObject({
        ...{ name: 'TaskRevokedError', reason: 'expired' },
      });
      await expect(sent.state()).resolves.toBe('REVOKED');
    },
  },
  {
    name: 'expires while it waits for its eta',
    pythonToUs: async (place) => {
      const options = { countdown: 1, expires: 0.2, queue: 'ours' };
      const id = await place.python.call('peer.who', [], options);

      await expect(place.python.get(id)).rejects.toMatchObject({ type: 'TaskRevokedError' });
    },
    usToPython: async (place) => {
      const options = { countdown: 1, expires: 0.2, queue: 'python' };
      const sent = await place.app.sendTask('peer.who', [], options);

      await expect(errorOf(sent)).resolves.toMatchObject({ reason: 'expired' });
    },
  },
];
