import { expect } from 'vitest';
import { type Facts, ourCall, pythonsCall, retriedByUs, seenByPython } from '../asking.ts';
import type { Place } from '../place.ts';
import type { Row } from '../row.ts';

const texts = [
  'é',
  'ß',
  '日本',
  '😀',
  '\u0000\u001f\u007f',
  '\u2028',
  '</script>',
  'it\'s "so"',
  'a\\b',
];
const lone = ['\ud83d', 'a\udc00b'];
const MB = 1_000_000;

/** What Python prints of arguments; those of the last are longer than what is shown. */
const printed: readonly (readonly unknown[])[] = [
  [],
  [1],
  [1, -2.5, 1e100, true, false, null],
  ['text', "it's", 'new\nline', 'back\\slash', 'é 😀'],
  [[1, [2, [3, [4, [5]]]]], { a: { b: { c: { d: 1 } } } }, [[]], {}],
  ['word '.repeat(400), 'never seen'],
];

/** A literal of Python's for what JSON can say. */
function pythonOf(value: unknown): string {
  return `__import__('json').loads(${JSON.stringify(JSON.stringify(value))})`;
}

/** The headers that Python's client writes for a call with a tuple of arguments. */
async function headersOfPython(
  place: Place,
  args: readonly unknown[],
  kwargs: object,
): Promise<Facts> {
  const given = `args=tuple(${pythonOf(args)}), kwargs=${pythonOf(kwargs)}`;
  const { headers } = await place.written((queue) =>
    place.python.evaluate(`app.send_task('any', ${given}, queue='${queue}').id`),
  );
  return headers;
}

/** Texts of every kind, long ones, and those for people. */
export const rows: readonly Row[] = [
  {
    name: 'text of every kind as argument, keyword and result',
    pythonToUs: async (place) => {
      await expect(pythonsCall(place, 'peer.echo', texts)).resolves.toEqual(texts);
      const kwargs = { name: texts.join(''), greeting: '¡hola!' };
      await expect(pythonsCall(place, 'peer.greet', [], { kwargs })).resolves.toBe(
        `¡hola! ${texts.join('')}`,
      );
    },
    usToPython: async (place) => {
      await expect(ourCall(place, 'peer.echo', texts)).resolves.toEqual(texts);
      const kwargs = { name: texts.join(''), greeting: '¡hola!' };
      await expect(ourCall(place, 'peer.greet', [], { kwargs })).resolves.toBe(
        `¡hola! ${texts.join('')}`,
      );
    },
  },
  {
    name: 'lone surrogates as argument and result',
    notes: 'no text that UTF-8 can hold: they stay escaped in the JSON',
    pythonToUs: async (place) => {
      await expect(pythonsCall(place, 'peer.echo', lone)).resolves.toEqual(lone);
    },
    usToPython: async (place) => {
      await expect(ourCall(place, 'peer.echo', lone)).resolves.toEqual(lone);
    },
  },
  {
    name: 'text of every kind as id of a task',
    pythonToUs: async (place) => {
      const options = { task_id: `é 😀 "/:*?[x]' their id`, queue: 'ours' };
      const id = await place.python.call('peer.request', [], options);

      await expect(place.python.get(id)).resolves.toMatchObject({ id: options.task_id });
    },
    usToPython: async (place) => {
      const taskId = `é 😀 "/:*?[x]' our id`;

      await expect(seenByPython(place, { taskId })).resolves.toMatchObject({ id: taskId });
    },
  },
  {
    name: 'text of every kind as name of a task',
    pythonToUs: async (place) => {
      await expect(pythonsCall(place, 'peer.größe 😀', ['é'])).resolves.toBe('é');
    },
    usToPython: async (place) => {
      await expect(ourCall(place, 'peer.größe 😀', ['é'])).resolves.toBe('é');
    },
  },
  {
    name: 'an argument of 1 MB, and a result',
    pythonToUs: async (place) => {
      const text = 'é'.repeat(MB / 2);

      await expect(pythonsCall(place, 'peer.echo', [text])).resolves.toEqual([text]);
    },
    usToPython: async (place) => {
      const text = 'é'.repeat(MB / 2);

      await expect(ourCall(place, 'peer.echo', [text])).resolves.toEqual([text]);
    },
  },
  {
    name: 'an argument of 20 MB',
    pythonToUs: async ({ python }) => {
      const id = await python.evaluate(
        `app.send_task('peer.size', ['x' * ${20 * MB}], queue='ours').id`,
      );

      await expect(python.get(String(id))).resolves.toBe(20 * MB);
    },
    usToPython: async (place) => {
      await expect(ourCall(place, 'peer.size', ['x'.repeat(20 * MB)])).resolves.toBe(20 * MB);
    },
  },
  {
    name: 'a result of 20 MB',
    pythonToUs: async ({ python }) => {
      const id = await python.call('peer.size', [20 * MB], { queue: 'ours' });

      // only its length is told: the text itself would be read line by line here
      await expect(python.evaluate(`len(result_of('${id}').get(timeout=40))`)).resolves.toBe(
        20 * MB,
      );
    },
    usToPython: async (place) => {
      const text = (await ourCall(place, 'peer.size', [20 * MB])) as string;

      expect(text.length).toBe(20 * MB);
    },
  },
  {
    name: "header 'argsrepr', header 'kwargsrepr'",
    notes: 'of the same arguments the same text, as Celery prints a tuple and a dictionary',
    pythonToUs: async (place) => {
      const shown = { argsrepr: '(hidden)', kwargsrepr: '{hidden}' };
      expect((await retriedByUs(place, null, shown)).headers).toMatchObject(shown);

      // a retry with other arguments prints them anew
      for (const args of printed) {
        const { argsrepr } = await headersOfPython(place, args, {});
        expect((await retriedByUs(place, [...args])).headers).toMatchObject({ argsrepr });
      }
    },
    usToPython: async (place) => {
      for (const args of printed) {
        const kwargs = { k: args, é: 1 };
        const { argsrepr, kwargsrepr } = await headersOfPython(place, args, kwargs);

        const ours = await place.written((queue) =>
          place.app.sendTask('any', args, { kwargs, queue }),
        );
        expect(ours.headers).toMatchObject({ argsrepr, kwargsrepr });
      }
      const hidden = { argsrepr: '(hidden)', kwargsrepr: '{hidden}' };
      await expect(seenByPython(place, hidden)).resolves.toMatchObject(hidden);
    },
  },
];
