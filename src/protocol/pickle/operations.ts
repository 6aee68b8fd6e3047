import { integerIn, integerOf, textIn, unescaped } from './cursor.ts';
import { PickleSet } from './known-classes.ts';
import type { Machine } from './machine.ts';

/** Does what one code of a pickle says. */
type Operation = (machine: Machine) => void;

/** Codes as Python's `pickletools` has them. */
const byCode: Readonly<Record<number, Operation>> = {
  // 0x80 PROTO, 0x95 FRAME
  128: (machine) => {
    const version = machine.cursor.byte();
    if (version > 5) throw machine.error(`is of protocol ${version}; 0 to 5 are read`);
  },
  149: (machine) => {
    const { cursor } = machine;
    const length = cursor.uint64();
    if (length > cursor.left)
      throw machine.error(`has a frame of ${length} bytes and fewer behind it`);
  },
  ...operations('(', (machine) => machine.mark()),
  ...operations('0', (machine) => machine.drop()),
  ...operations('1', (machine) => void machine.popMark()),
  ...operations('2', (machine) => machine.push(machine.top())),
  ...operations('N', (machine) => machine.push(null)),
  ...operations('\x88', (machine) => machine.push(true)),
  ...operations('\x89', (machine) => machine.push(false)),
  ...numbers(),
  ...texts(),
  ...containers(),
  ...memos(),
  ...classes(),
};

function operations(code: string, operation: Operation): Record<number, Operation> {
  return { [code.charCodeAt(0)]: operation };
}

function numbers(): Record<number, Operation> {
  return {
    ...operations('I', (machine) => {
      const line = machine.cursor.line();
      machine.push(line === '01' ? true : line === '00' ? false : integerOf(line));
    }),
    ...operations('J', (machine) => machine.push(machine.cursor.int32())),
    ...operations('K', (machine) => machine.push(machine.cursor.byte())),
    ...operations('M', (machine) => machine.push(machine.cursor.uint16())),
    ...operations('L', (machine) => {
      machine.push(integerOf(machine.cursor.line().replace(/L$/, '')));
    }),
    ...operations('\x8a', (machine) => {
      machine.push(integerIn(machine.cursor.take(machine.cursor.byte())));
    }),
    ...operations('\x8b', (machine) => {
      machine.push(integerIn(machine.cursor.take(machine.cursor.uint32())));
    }),
    ...operations('F', (machine) => machine.push(floatOf(machine))),
    ...operations('G', (machine) => machine.push(machine.cursor.double())),
  };
}

function floatOf(machine: Machine): number {
  const line = machine.cursor.line();
  const word = /^([+-]?)(nan|inf)$/.exec(line);
  if (word) return word[2] === 'nan' ? Number.NaN : word[1] === '-' ? -Infinity : Infinity;
  if (line === '' || !/^[-+0-9.e]+$/i.test(line)) throw machine.error('has a float that is none');
  const value = Number(line);
  if (Number.isNaN(value)) throw machine.error('has a float that is none');
  return value;
}

function texts(): Record<number, Operation> {
  const text = (length: (machine: Machine) => number) => (machine: Machine) =>
    machine.push(textIn(machine.cursor.take(length(machine))));
  // taken out of the message, which must not stay in memory for a few bytes of it
  const bytes = (length: (machine: Machine) => number) => (machine: Machine) =>
    machine.push(Buffer.from(machine.cursor.take(length(machine))));
  const ascii = (length: (machine: Machine) => number) => (machine: Machine) =>
    machine.push(asciiIn(machine, machine.cursor.take(length(machine)).toString('latin1')));
  const oneByte = ({ cursor }: Machine) => cursor.byte();
  const fourBytes = ({ cursor }: Machine) => cursor.uint32();
  const eightBytes = ({ cursor }: Machine) => cursor.uint64();
  return {
    ...operations('V', (machine) => machine.push(unescaped(machine.cursor.line()))),
    ...operations('\x8c', text(oneByte)),
    ...operations('X', text(fourBytes)),
    ...operations('\x8d', text(eightBytes)),
    ...operations('C', bytes(oneByte)),
    ...operations('B', bytes(fourBytes)),
    ...operations('\x8e', bytes(eightBytes)),
    ...operations('\x96', bytes(eightBytes)),
    ...operations('S', (machine) => {
      const [, single, double] = /^(?:'([^'\\]*)'|"([^"\\]*)")$/.exec(machine.cursor.line()) ?? [];
      const text = single ?? double;
      if (text === undefined) throw machine.error("has a text of Python 2's that we do not read");
      machine.push(asciiIn(machine, text));
    }),
    ...operations('U', ascii(oneByte)),
    ...operations('T', ascii(fourBytes)),
    ...operations('\x97', (machine) => {
      throw machine.error('has its bytes outside of itself');
    }),
    ...operations('\x98', (machine) => {
      throw machine.error('has its bytes outside of itself');
    }),
  };
}

/** What Python 2 calls a text and Python 3 may not read, unless it is ASCII. */
function asciiIn(machine: Machine, text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are all that ASCII has
  if (/^[\x00-\x7f]*$/.test(text)) return text;
  throw machine.error("has a text of Python 2's that is not ASCII");
}

function containers(): Record<number, Operation> {
  const pairs = (machine: Machine) => {
    const items = machine.popMark();
    machine.push({});
    machine.fill(items);
  };
  return {
    ...operations(']', (machine) => machine.push([])),
    ...operations('l', (machine) => machine.push(machine.popMark())),
    ...operations('a', (machine) => machine.append([machine.pop()])),
    ...operations('e', (machine) => machine.append(machine.popMark())),
    ...operations(')', (machine) => machine.push([])),
    ...operations('t', (machine) => machine.push(machine.popMark())),
    ...operations('\x85', (machine) => machine.push(machine.popMany(1))),
    ...operations('\x86', (machine) => machine.push(machine.popMany(2))),
    ...operations('\x87', (machine) => machine.push(machine.popMany(3))),
    ...operations('}', (machine) => machine.push({})),
    ...operations('d', pairs),
    ...operations('s', (machine) => machine.fill(machine.popMany(2))),
    ...operations('u', (machine) => machine.fill(machine.popMark())),
    ...operations('\x8f', (machine) => machine.push(new PickleSet([]))),
    ...operations('\x90', (machine) => machine.addToSet(machine.popMark())),
    ...operations('\x91', (machine) => machine.push(new PickleSet(machine.popMark()))),
  };
}

function memos(): Record<number, Operation> {
  const index = (machine: Machine) => {
    const line = machine.cursor.line();
    if (!/^\d{1,9}$/.test(line)) throw machine.error('has a memo that is no number');
    return Number(line);
  };
  return {
    ...operations('p', (machine) => machine.memoize(index(machine))),
    ...operations('q', (machine) => machine.memoize(machine.cursor.byte())),
    ...operations('r', (machine) => machine.memoize(machine.cursor.uint32())),
    ...operations('\x94', (machine) => machine.memoize()),
    ...operations('g', (machine) => machine.recall(index(machine))),
    ...operations('h', (machine) => machine.recall(machine.cursor.byte())),
    ...operations('j', (machine) => machine.recall(machine.cursor.uint32())),
  };
}

function classes(): Record<number, Operation> {
  const refused = (what: string) => (machine: Machine) => {
    throw machine.error(`${what}, and only plain values are read`);
  };
  return {
    ...operations('c', (machine) => {
      const module = machine.cursor.line();
      machine.name(module, machine.cursor.line());
    }),
    ...operations('\x93', (machine) => {
      const [module, name] = machine.popMany(2);
      machine.name(module, name);
    }),
    ...operations('R', (machine) => machine.call()),
    ...operations('\x81', (machine) => machine.make()),
    ...operations('b', (machine) => machine.setState()),
    ...operations('\x92', refused('makes an instance with keywords')),
    ...operations('i', (machine) => {
      const text = `${machine.cursor.line()}.${machine.cursor.line()}`;
      throw machine.error(`makes an instance of ${text}, and only plain values are read`);
    }),
    ...operations('o', refused('makes an instance of a class')),
    ...operations('P', refused('names a persistent object')),
    ...operations('Q', refused('names a persistent object')),
    ...operations('\x82', refused('names a class by a number')),
    ...operations('\x83', refused('names a class by a number')),
    ...operations('\x84', refused('names a class by a number')),
  };
}

const STOP = 0x2e;

/** Runs a pickle to its end. @returns what it leaves, in which classes may be. @throws DecodeError */
export function run(machine: Machine): unknown {
  for (;;) {
    const code = machine.next();
    if (code === STOP) return machine.pop();
    const operation = byCode[code];
    if (!operation) throw machine.error(`has the unknown code ${code}`);
    operation(machine);
  }
}
