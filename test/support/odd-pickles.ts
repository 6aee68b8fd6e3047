import { readFileSync } from 'node:fs';
import { oddMessage } from './odd-message.ts';
import type { OddRow } from './odd-row.ts';

const { hostile } = JSON.parse(
  readFileSync(new URL('../vectors/pickles.json', import.meta.url), 'utf8'),
) as { readonly hostile: readonly (readonly [name: string, pickle: string])[] };

const pickled = (name: string, body: Buffer, reason: RegExp): OddRow => ({
  ...{ name: `pickle: ${name}`, id: `pickle: ${name}` },
  payload: oddMessage(`pickle: ${name}`, {
    body,
    parts: { 'content-type': 'application/x-python-serialize', 'content-encoding': 'binary' },
  }),
  ends: { kind: 'dead', reason },
});

const opcodes = (text: string) => Buffer.from(text, 'latin1');
/** `[args, {}, {}]` with these opcodes in the args. */
const call = (args: string) => opcodes(`\x80\x02](]${args}a}}e.`);

/** Bodies of pickles that a worker which accepts them must not fall for. */
export const pickles: readonly OddRow[] = [
  ...hostile.map(([name, pickle]) => pickled(name, Buffer.from(pickle, 'base64'), reasonOf(name))),
  pickled('GLOBAL and REDUCE', call("cos\nsystem\n(S'ls'\ntR"), /names os\.system at byte/),
  pickled('STACK_GLOBAL', call('\x8c\x02os\x8c\x06system\x93\x8c\x02ls\x85R'), /names os\.system/),
  pickled('INST', call("(S'ls'\nios\nsystem\n"), /instance of os\.system/),
  pickled('eval of builtins', call("cbuiltins\neval\n(S'1'\ntR"), /names builtins\.eval/),
  pickled(
    'a bomb of the memo',
    call(bomb(12)),
    /written out as often as it is used|each is written/,
  ),
  pickled(
    'a hundred thousand lists in lists',
    call(`${']'.repeat(1e5)}${'a'.repeat(1e5 - 1)}`),
    /nested/,
  ),
  pickled('a list that has itself', call(']q\x00h\x00a'), /contains itself/),
  pickled(
    'LONG4 of two gigabytes',
    call('\x8b\xff\xff\xff\x7f\x01'),
    /ends too early: 2147483647 bytes/,
  ),
  pickled('LONG4 below nothing', call('\x8b\xff\xff\xff\xff\x01'), /pickle/),
  pickled('BINBYTES8 of all there is', call(`\x8e${'\xff'.repeat(7)}\x7f`), /pickle/),
  pickled('a memo far away', call('K\x05r\xff\xff\xff\xffj\xfe\xff\xff\xff'), /asks for memo/),
  pickled('half a pickle', opcodes('\x80\x02](]K\x01'), /ends too early/),
];

/** Lists of ten times the last one each. */
function bomb(levels: number): string {
  const level = (at: number) =>
    `](${`h${String.fromCharCode(at)}`.repeat(10)}eq${String.fromCharCode(at + 1)}`;
  return `]q\x00${Array.from({ length: levels }, (_, at) => `0${level(at)}`).join('')}`;
}

/** What is wrong with one of the captures: its class, where it names one. */
function reasonOf(name: string): RegExp {
  const [named] = /\w+\.\w+/.exec(name) ?? [];
  return named === 'os.system' ? /names posix\.system/ : /pickle/;
}
