import { inspect } from 'node:util';
import type { DeadMessage } from '../../app/index.ts';
import type { Command } from '../command.ts';
import { asJson, burialText, jsonOf, shown, timeText } from '../dead-text.ts';
import { refuseMemory } from '../shared-stores.ts';

/** What `dead show` takes. */
export interface DeadShowFlags {
  readonly id: string;
  readonly queue: string | undefined;
  readonly raw: boolean;
  readonly json: boolean;
}

/** So much is shown of what is no message, and of a value. */
const EXCERPT = 2_000;

/** Prints all there is to know of a dead letter. */
export const deadShow: Command<DeadShowFlags> = {
  name: 'dead show',
  summary: 'Print a message that was given up: its history, headers and arguments.',
  options: {
    id: { type: 'operand', help: 'its id or the beginning of that, or the id of its task' },
    queue: { type: 'string', short: 'Q', value: 'name', help: 'queue to look in; default: all' },
    raw: { type: 'boolean', help: 'print the message alone, to the byte' },
    json: { type: 'boolean', help: 'print JSON' },
  },
  async run({ app, io, options }) {
    refuseMemory('dead show', { brokerUrl: app.settings.brokerUrl });
    if (options.raw && io.width !== undefined) {
      io.problem('a terminal would obey what is in the message; send it to a file: … --raw > file');
      return 2;
    }
    const letter = await app.deadLetters.find(options.id, { queue: options.queue });
    if (!letter) {
      io.problem(`no dead letter '${shown(options.id)}'`);
      return 1;
    }
    if (options.raw) io.printBytes(letter.payload);
    else io.print(options.json ? asJson(documentOf(letter)) : asText(letter));
    return 0;
  },
};

function documentOf(letter: DeadMessage) {
  const { headers, properties, payload, args, kwargs, problem, ...info } = letter;
  const call = args === null ? null : { args: printable(args), kwargs: printable(kwargs) };
  const base64 = payload.toString('base64');
  return { ...jsonOf(info), headers, properties, call, problem, payload: base64 };
}

/** Arguments may be of kinds that JSON has not. */
function printable(value: unknown): unknown {
  try {
    asJson(value);
    return value;
  } catch {
    return excerptOf(value);
  }
}

function asText(letter: DeadMessage): string {
  const { args, kwargs, headers, problem, earlier, payload } = letter;
  const facts: [string, string][] = [
    ['id', letter.id],
    ['queue', letter.queue],
    ['task', letter.task ?? '-'],
    ['task id', letter.taskId ?? '-'],
    ['reason', letter.reason],
    ['buried', `${timeText(letter.at)} by ${letter.worker || '?'}`],
    ['lost', `${letter.deliveries} workers`],
    ['size', `${letter.size} bytes`],
  ];
  if (args !== null) facts.push(['args', excerptOf(args)], ['kwargs', excerptOf(kwargs)]);
  else facts.push(['args', `cannot be read: ${problem}`]);
  if (headers === null) facts.push(['message', payload.subarray(0, EXCERPT).toString()]);
  const lines = facts.map(([name, value]) => `${name.padEnd(8)} ${shown(value)}`);
  if (earlier.length > 0) lines.push('before', ...earlier.map((each) => `  ${burialText(each)}`));
  const named = Object.entries(headers ?? {});
  if (named.length > 0) lines.push('headers');
  const width = Math.min(30, Math.max(...named.map(([name]) => name.length)));
  for (const [name, value] of named) {
    lines.push(`  ${shown(name).padEnd(width)} ${shown(excerptOf(value))}`);
  }
  return lines.join('\n');
}

function excerptOf(value: unknown): string {
  const text = inspect(value, {
    breakLength: Number.POSITIVE_INFINITY,
    depth: 10,
    maxStringLength: EXCERPT,
  });
  return text.length > EXCERPT ? `${text.slice(0, EXCERPT)}…` : text;
}
