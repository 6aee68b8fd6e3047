import { inspect } from 'node:util';
import { Decimal, PlainDate, PlainTime, Uuid } from '../../../src/protocol/index.ts';
import { type FromPython, fromPython } from './from-python.ts';
import { refusedHere, type ToPython, toPython } from './to-python.ts';

const intro = `# Values

What becomes of a value between Python and TypeScript, as an argument, in a result, in a header, and in the arguments of an
error. Every line is a test, in [\`test/interop/values.test.ts\`](../test/interop/values.test.ts), and the page is made from the
tests' own rows by \`npm run docs:python\`.

There are two forms. Celery since 5.3 gives a type of its own to what JSON has none for, an object of exactly the keys
\`__type__\` and \`__value__\`; this is the form we write, and both sides read it. Celery 5.2 writes texts instead, and **reads a
typed value as a dict** of those two keys: beside Python workers or clients of 5.2 set
[\`jsonTypes: 'plain'\`](settings.md), on programs and workers alike. We read both forms in either setting.

The classes \`Decimal\`, \`Uuid\`, \`PlainDate\` and \`PlainTime\` are exports of \`celeriac\`: each has the text of its value as
\`text\`, \`toString()\` and \`toJSON()\`.
`;

const times = `A \`Date\` is an instant, in milliseconds. So a datetime's offset is applied and then gone, what is finer than a millisecond is
cut, and a datetime without a zone is taken for UTC ([decision 15](decisions/0015-datetimes-without-a-zone.md)); what goes back
has the zone UTC. Who must keep an offset, microseconds or the lack of a zone sends a text.
`;

const others = `Keys are texts; JavaScript puts those that look like an index, \`"1"\`, before all others. A key that occurs twice has its
last value. \`__proto__\` is a key like any other. Refused when read are integers of more than 4300 digits and more than 1000
levels, as Python refuses them, and an object of exactly \`__type__\` and \`__value__\` whose type is none of datetime, date, time,
decimal, uuid, bytes and base64.
`;

const errors = `## Errors

An error that a task throws travels as class, module, message or arguments, and the text of its stack. Its \`cause\`s stand in
that text, each under \`caused by:\`; those of a Python exception, \`raise X from Y\`, in the traceback that is read as
\`error.remote.traceback\`. An argument of a Python exception that has no JSON form arrives as its \`repr\`. The class of ours
is Python's own where Python has one of that name, else one made up of that name, so that an unknown class never breaks the
reading of a result; a character that no name in Python may have is replaced. The rows about errors are in
[Beside Python](beside-python.md#errors-and-other-ends). An error given as an argument or returned as a value is refused, as
above: say what is to travel of it.

## Other serializers

In yaml a Date is a timestamp and bytes are \`!!binary\`, and a day alone is read as a PlainDate. In msgpack bytes are bytes,
negative zero is \`0\`, and integers have 64 bits at most. A \`Decimal\`, \`Uuid\`, \`PlainDate\` or \`PlainTime\` in either, and a Date in
msgpack, is refused with its path; with \`jsonTypes: 'plain'\` it is the text that JSON has for it. pickle has all
that typed JSON has, in every Python. All three are tried with hundreds of random values against Python's libraries in each run
of the tests, JSON with thousands.
`;

/** The text of docs/values.md. */
export function valuesPage(): string {
  const received = fromPython.filter(({ typed }) => typed !== undefined);
  const unsent = fromPython.filter(({ typed }) => typed === undefined);
  return [
    intro,
    '## From Python\n',
    table(['', 'Python', 'since 5.3', 'arrives as', '5.2', 'arrives as'], received.map(fromLine)),
    times,
    others,
    `Python itself refuses ${unsent.map(({ python }) => code(python)).join(', ')}: the call fails there, with a TypeError or an EncodeError.\n`,
    '## To Python\n',
    table(
      ['', 'here', 'typed', 'Python since 5.3 has', 'plain', 'Python 5.2 has'],
      toPython.map(toLine),
    ),
    '## Refused here\n',
    'An EncodeError, before anything is sent, names the place of the value, here in the arguments `[{ x: value }]`.\n',
    table(
      ['value', 'path', 'reason'],
      refusedHere.map(({ here, path, says }) => [
        / (?:array|levels)|generator/.test(here) ? here : code(here),
        code(short(path)),
        says,
      ]),
    ),
    'In the plain form bytes are refused too: send a text.\n',
    errors,
  ].join('\n');
}

function fromLine({ name, python, typed, here, plain, herePlain }: FromPython): string[] {
  const older = plain === undefined ? ['refused', ''] : [code(plain), code(source(herePlain))];
  return [name, code(python), code(typed ?? ''), code(source(here)), ...older];
}

function toLine({ name, here, typed, python, plain, python52 = '' }: ToPython): string[] {
  const older = plain === undefined ? ['refused', ''] : [code(plain), code(python52)];
  return [name, code(here), code(typed), code(python), ...older];
}

/** A value as one writes it in TypeScript. */
function source(value: unknown): string {
  if (value instanceof Date) return `new Date('${value.toISOString()}')`;
  if (value instanceof Decimal) return `new Decimal('${value.text}')`;
  if (value instanceof Uuid) return `new Uuid('${value.text}')`;
  if (value instanceof PlainDate) return `new PlainDate('${value.text}')`;
  if (value instanceof PlainTime) return `new PlainTime('${value.text}')`;
  if (Buffer.isBuffer(value)) {
    const isText = /^[ -~]+$/.test(value.toString('latin1'));
    return `Buffer.from(${isText ? inspect(value.toString()) : `[${[...value].join(', ')}]`})`;
  }
  return inspect(value);
}

function short(path: string): string {
  return path.replace(/(\[0\]){10,}/, '[0][0]…');
}

function code(text: string): string {
  return `\`${text}\``;
}

function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const rule = head.map(() => '---');
  const text = [head, rule, ...lines].map(
    (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`,
  );
  return `${text.join('\n')}\n`;
}
