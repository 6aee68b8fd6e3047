import { randomUUID } from 'node:crypto';
import { chain, chord, group } from 'celeriac';
import { expect } from 'vitest';
import { found, ours, py, SOON, sent } from '../crossing.ts';
import { eventually, type Place } from '../place.ts';
import type { Row } from '../row.ts';

const both = { queue: 'both' };

/** Waits for what Python's canvas comes to, as Python's client sees it. */
async function comesTo(place: Place, canvas: string, value: unknown): Promise<void> {
  await expect(place.python.get(await sent(place, canvas)), canvas).resolves.toEqual(value);
}

/** The same for one that fails. */
async function failsWith(place: Place, canvas: string, type: string, message: string) {
  await expect(place.python.get(await sent(place, canvas)), canvas).rejects.toMatchObject({
    ...{ type, message: expect.stringContaining(message) },
  });
}

async function keysAreGone(place: Place, groupId: string): Promise<void> {
  const keys = ['j', 't', 's'].map((end) => `celery-taskset-meta-${groupId}.${end}`);
  await eventually('its keys to be gone', async () => (await place.cli('EXISTS', ...keys)) === '0');
}

export const rows: readonly Row[] = [
  {
    name: 'chord with header tasks and bodies on either side',
    notes: 'whoever ends the last part sends the body',
    async pythonToUs(place) {
      for (const header of ["ours('add', 1, 1)", "py('add', 1, 1)"]) {
        for (const body of ['ours', 'py']) {
          await comesTo(place, `chord([${header}, ours('add', 2, 2)], ${body}('sum'))`, 6);
          await comesTo(place, `chord([${header}, py('add', 2, 2)], ${body}('sum'))`, 6);
        }
      }
      await comesTo(place, "chord([], ours('sum'))", 0);
    },
    async usToPython(place) {
      for (const side of [py, ours]) {
        const header = [py(place, 'add', [1, 1]), side(place, 'add', [2, 2])];
        for (const other of [py, ours]) {
          const result = await chord(header, other(place, 'sum')).delay();
          await expect(result.get(SOON)).resolves.toBe(6);
        }
      }
      await expect((await chord([], py(place, 'sum')).delay()).get(SOON)).resolves.toBe(0);
    },
    async together(place) {
      const texts = Array.from({ length: 20 }, (_none, at) => `${at}`);
      const names = (list: unknown) => (list as [string, string][]).map(([, text]) => text);
      const header = (make: (text: string) => string) => `[${texts.map(make).join(', ')}]`;
      const note = (text: string) => `sig('both.note', '/dev/null', '${text}').set(queue='both')`;
      const id = await sent(place, `chord(${header(note)}, ours('echo'))`);
      expect(names(((await found(place, id)) as [unknown])[0])).toEqual(texts);
      const notes = texts.map((text) =>
        place.app.signature('both.note', ['/dev/null', text], both),
      );
      const result = await chord(notes, ours(place, 'echo')).delay();
      expect(names(((await result.get(SOON)) as [unknown])[0])).toEqual(texts);
    },
  },
  {
    name: 'chord with a member that fails',
    notes:
      'the body fails with a ChordError; at once if it was on our worker, on theirs once all parts are in',
    async pythonToUs(place) {
      const ourError = "raised RangeError('too far')";
      await failsWith(
        place,
        "chord([py('add', 1, 1), ours('fail')], py('sum'))",
        'ChordError',
        ourError,
      );
      await failsWith(
        place,
        "chord([py('fail'), ours('add', 1, 1)], ours('sum'))",
        'ChordError',
        "raised ValueError('boom', 42)",
      );
      const chained = "chord([py('add', 1, 1), chain(ours('fail'), py('add', 1))], py('sum'))";
      await failsWith(place, chained, 'ChordError', ourError);
      const late = "chord([py('add', 1, 1), ours('add', 2, 2).set(expires=-1)], py('sum'))";
      await failsWith(place, late, 'ChordError', "raised TaskRevokedError('expired')");
    },
    async usToPython(place) {
      for (const [header, message] of [
        [[py(place, 'fail'), ours(place, 'add', [1, 1])], /raised ValueError\('boom', 42\)/],
        [[py(place, 'add', [1, 1]), ours(place, 'fail')], /raised RangeError\('too far'\)/],
        [[chain(py(place, 'add', [1, 1]), ours(place, 'fail'))], /raised RangeError\('too far'\)/],
      ] as const) {
        const result = await chord(header, py(place, 'sum')).delay();
        await expect(result.get(SOON)).rejects.toThrow(message);
        await expect(result.get(SOON)).rejects.toMatchObject({ remote: { type: 'ChordError' } });
      }
    },
  },
  {
    name: 'link_error of a chord',
    notes: 'it is one of its body: called when a part fails, and when the body does',
    async pythonToUs(place) {
      const [part, mixed, body] = [randomUUID(), randomUUID(), randomUUID()];
      for (const [id, header] of [
        [part, "[py('add', 1, 1), py('fail')]"],
        [mixed, "[ours('fail'), py('add', 1, 1)]"],
      ]) {
        const errback = `ours('oldErrback', task_id='${id}')`;
        const whole = await sent(place, `chord(${header}, ours('sum').on_error(${errback}))`);
        await expect(found(place, String(id))).resolves.toBe(`told of ${whole}`);
      }
      const bodies = `ours('fail').on_error(py('oldErrback', task_id='${body}'))`;
      const id = await sent(place, `chord([py('add', 1, 1), py('add', 2, 2)], ${bodies})`);
      await expect(found(place, body)).resolves.toBe(`told of ${id}`);
    },
    async usToPython(place) {
      for (const failing of [py(place, 'fail'), ours(place, 'fail')]) {
        const taskId = randomUUID();
        const errback = py(place, 'oldErrback', [], { taskId });
        const body = ours(place, 'sum').linkError(errback as never);
        const result = await chord([ours(place, 'add', [1, 1]), failing], body).delay();
        await expect(found(place, taskId)).resolves.toBe(`told of ${result.id}`);
      }
    },
  },
  {
    name: 'chain that goes through a group or a chord',
    notes:
      'Celery makes a chord of a group that is followed; the rest of the chain travels in its body',
    async pythonToUs(place) {
      const sides = "group([py('add', 1), ours('add', 2)])";
      await comesTo(place, `chain(ours('add', 1, 2), ${sides}, py('sum'), ours('add', 100))`, 109);
      await comesTo(place, `chain(py('add', 1, 2), ${sides}, ours('sum'), py('add', 100))`, 109);
      const inner = "chord([ours('add', 1), py('add', 2)], ours('sum'))";
      await comesTo(place, `chain(ours('add', 1, 1), ${inner}, py('add', 1))`, 8);
    },
    async usToPython(place) {
      const sides = () => group([py(place, 'add', [1]), ours(place, 'add', [2])]);
      for (const [side, other] of [
        [py, ours],
        [ours, py],
      ] as const) {
        const first = chain(side(place, 'add', [1, 2]), sides(), other(place, 'sum'));
        const last = await chain(first, side(place, 'add', [100])).delay();
        await expect(last.get(SOON)).resolves.toBe(109);
      }
    },
  },
  {
    name: 'chord in a chord',
    async pythonToUs(place) {
      const inner = "chord([ours('add', 1, 1), py('add', 2, 2)], py('sum'))";
      await comesTo(place, `chord([${inner}, ours('add', 3, 3)], ours('sum'))`, 12);
      const failing = "chord([ours('fail'), py('add', 2, 2)], py('sum'))";
      await failsWith(
        place,
        `chord([${failing}, py('add', 3, 3)], ours('sum'))`,
        'ChordError',
        'too far',
      );
    },
    async usToPython(place) {
      const inner = (...header: ReturnType<typeof py>[]) => chord(header, py(place, 'sum'));
      const whole = inner(py(place, 'add', [1, 1]), ours(place, 'add', [2, 2]));
      const broken = inner(py(place, 'add', [1, 1]), ours(place, 'fail'));
      const all = await chord([whole, py(place, 'add', [3, 3])], py(place, 'sum')).delay();
      const none = await chord([broken, py(place, 'add', [3, 3])], py(place, 'sum')).delay();
      await expect(all.get(SOON)).resolves.toBe(12);
      await expect(none.get(SOON)).rejects.toThrow('too far');
    },
  },
  {
    name: 'member of a chord that ends in a group',
    notes:
      "its results are a list in the body's; Python's worker sets the size anew when it sends the group, so ours goes by the results of the tasks themselves",
    async pythonToUs(place) {
      for (const first of ['ours', 'py']) {
        const member = `chain(${first}('add', 1, 1), group([ours('add', 1), ours('add', 2)]))`;
        await comesTo(place, `chord([${member}, ours('add', 3, 3)], py('echo'))`, [
          [[[3, 4], 6]],
          {},
        ]);
      }
    },
    async usToPython(place) {
      const sides = () => group([ours(place, 'add', [1]), ours(place, 'add', [2])]);
      for (const side of [py, ours]) {
        const member = chain(side(place, 'add', [1, 1]), sides());
        const result = await chord([member, ours(place, 'add', [3, 3])], py(place, 'echo')).delay();
        await expect(result.get(SOON)).resolves.toEqual([[[[3, 4], 6]], {}]);
      }
    },
  },
  {
    name: '`celery-taskset-meta-….j`, `.t` and `.s`',
    notes:
      'the parts of a chord, in the same keys; they go with the body, and stay for a day where that has failed',
    async pythonToUs(place) {
      const both = "chord([ours('add', 1, 1), py('add', 2, 2)], py('sum')).apply_async()";
      const ids = await place.python.evaluate(
        `(lambda result: [result.id, result.parent.id])(${both})`,
      );
      const [body, header] = ids as [string, string];
      await expect(place.python.get(body)).resolves.toBe(6);
      await keysAreGone(place, header);
    },
    async usToPython(place) {
      const header = [ours(place, 'add', [1, 1]), py(place, 'add', [2, 2])];
      const result = await chord(header, py(place, 'sum')).delay();
      await expect(result.get(SOON)).resolves.toBe(6);
      await keysAreGone(place, String(result.parent?.id));
    },
  },
  {
    name: 'chord that both languages count',
    notes: 'a body of ours or theirs comes once, in any number of members',
    pythonToUs: {
      cannot:
        "one body under redelivery, crashes and duplicate messages is promised for members on our workers: Python's counts a member twice that has run twice, ends a chord only when the count is exact, and has nothing that looks for chords whose last worker died between counting and sending",
      async proof(place) {
        const parts = ['py', 'ours', 'py', 'ours'].map((side, at) => `${side}('add', ${at}, 1)`);
        await comesTo(place, `chord([${parts.join(', ')}], ours('sum'))`, 10);
      },
    },
    usToPython: {
      cannot: 'the same: who sends it makes no difference',
      async proof(place) {
        const header = [py, ours, py, ours].map((side, at) => side(place, 'add', [at, 1]));
        const result = await chord(header, py(place, 'sum')).delay();
        await expect(result.get(SOON)).resolves.toBe(10);
      },
    },
  },
  {
    name: '`add_to_chord`',
    async pythonToUs(place) {
      await comesTo(
        place,
        "chord([py('enlarged', 1), ours('add', 1, 1)], ours('sum'))",
        1 + 2 + 101,
      );
      await comesTo(place, "chord([ours('enlarged', 1), py('add', 1, 1)], py('sum'))", 1 + 2 + 101);
    },
    async usToPython(place) {
      for (const side of [py, ours]) {
        const header = [side(place, 'enlarged', [1]), py(place, 'add', [1, 1])];
        const result = await chord(header, py(place, 'sum')).delay();
        await expect(result.get(SOON)).resolves.toBe(1 + 2 + 101);
      }
    },
  },
];
