import { fileURLToPath } from 'node:url';
import { Decimal, PlainDate, PlainTime, Uuid } from '../../src/protocol/index.ts';
import { startProgram } from './process.ts';
import { PYTHON } from './python.ts';

const ORACLE = new URL('oracle.py', import.meta.url);
const START_MS = 40_000;
const ANSWER_MS = 60_000;

/** What Python said of one item. */
export type Answer<T> =
  | { readonly ok: T; readonly error?: never }
  | { readonly error: string; readonly ok?: never };

/** A value of Python's told without loss, such as `['int', '5']`; see `oracle.py`. */
export type Description = readonly [kind: string, told: unknown];

/** Asks Python about many items at once; the operations are listed in `oracle.py`. */
export type Oracle = <T>(op: string, items: readonly unknown[]) => Promise<readonly Answer<T>[]>;

/** Starts a Python that answers, about values if no other script is named; it ends with the test file. */
export async function startOracle(script = ORACLE): Promise<Oracle> {
  const program = startProgram(PYTHON, ['-W', 'ignore', fileURLToPath(script)]);
  await program.waitForLine(/^ready$/, START_MS);
  let last: Promise<unknown> = Promise.resolve();
  return <T>(op: string, items: readonly unknown[]) => {
    const answer = last.then(async () => {
      const from = program.lines.length;
      program.writeLine(JSON.stringify({ op, items }));
      const [line] = await program.waitForLine(/^\[.*/, ANSWER_MS, from);
      return JSON.parse(line) as Answer<T>[];
    });
    last = answer.catch(() => {});
    return answer;
  };
}

const bits = new DataView(new ArrayBuffer(8));

/** What Python must get of a JSON value of ours, by the table in docs/values.md. */
export function describeValue(value: unknown): Description {
  switch (typeof value) {
    case 'string':
      return ['str', value];
    case 'boolean':
      return ['const', value ? 'True' : 'False'];
    case 'bigint':
      return ['int', String(value)];
    case 'number':
      return describeNumber(value);
    case 'object':
      return value === null ? ['const', 'None'] : describeObject(value);
    default:
      return ['const', 'None'];
  }
}

function describeNumber(value: number): Description {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) return ['int', String(value)];
  if (Number.isNaN(value)) return ['float', 'nan'];
  bits.setFloat64(0, value);
  return ['float', bits.getBigUint64(0).toString(16).padStart(16, '0')];
}

function describeObject(value: object): Description {
  if (Array.isArray(value)) return ['list', value.map(describeValue)];
  if (value instanceof Date) return ['datetime', isoformat(value)];
  if (value instanceof Uint8Array) return ['bytes', Buffer.from(value).toString('hex')];
  if (value instanceof Decimal) return ['Decimal', value.text];
  if (value instanceof Uuid) return ['UUID', value.text];
  if (value instanceof PlainDate) return ['date', value.text];
  if (value instanceof PlainTime) return ['time', value.text];
  const items = Object.entries(value).filter(([, item]) => item !== undefined);
  return ['dict', items.map(([key, item]) => [['str', key], describeValue(item)])];
}

/** As Python's `isoformat` has it. */
function isoformat(date: Date): string {
  return `${date
    .toISOString()
    .slice(0, -1)
    .replace('.000', '')
    .replace(/(\.\d+)$/, '$1000')}+00:00`;
}
