import type { Random } from './random.ts';

/** JSON text that stands where a value would. */
export class Raw {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** JSON text of a value in which `Raw` may stand; deep ones as text only. */
export function write(value: unknown): string {
  if (value instanceof Raw) return value.text;
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString('latin1'));
  if (Array.isArray(value)) return `[${value.map(write).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(
      ([key, each]) => `${JSON.stringify(key)}: ${write(each)}`,
    );
    return `{${members.join(', ')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

const NUMBERS = [
  ...['0', '-0', '-0.0', '1', '-1', '1e400', '-1e400', '1e-400', 'NaN', 'Infinity', '-Infinity'],
  ...['9007199254740991', '9007199254740992', '-9007199254740993', '18446744073709551616', '0.1'],
  ...[
    '4294967296',
    '2147483648',
    '8640000000000001',
    '1e308',
    '01',
    '1.',
    '.5',
    '+1',
    '0x10',
    '1_0',
  ],
];

const TEXTS = [
  ...[
    '',
    ' ',
    '\u0000',
    '\ud800',
    '\udfff\ud800',
    '😀',
    'é',
    '\u001b[2J\u001b]0;x\u0007',
    'a\nb\r\nc',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'then',
    'toJSON',
    'valueOf',
    'length',
  ],
  ...[
    'null',
    '{}',
    '[]',
    '"',
    '\\',
    "'",
    '\u2028',
    '\ufeff',
    '../../etc',
    'celery',
    'a:b',
    'a\u0006\u0016b',
  ],
  ...[
    '%s%n',
    '*',
    '#',
    '.*',
    '^(a+)+$',
    'NaN',
    '1e9',
    '2024-01-01',
    '9999-12-31T23:59:59.999999+23:59',
  ],
  ...[
    '2024-02-30T00:00:00',
    '0001-01-01T00:00:00',
    '-1',
    'PT5S',
    '2024-01-01T00:00:00Z',
    '10000-01-01',
  ],
];

const TYPES = [
  ...[
    'datetime',
    'date',
    'time',
    'uuid',
    'decimal',
    'bytes',
    'base64',
    'timedelta',
    'set',
    'x',
    '',
  ],
];

/** Whatever a sender may think of. */
export function oddValue(random: Random, depth = 0): unknown {
  switch (random.below(depth > 2 ? 6 : 14)) {
    case 0:
      return new Raw(random.pick(NUMBERS));
    case 1:
    case 2:
      return random.pick(TEXTS);
    case 3:
      return random.pick([null, true, false, [], {}]);
    case 4:
      return random.pick(TEXTS).repeat(random.below(50));
    case 5:
      return random.below(100) - 50;
    case 6:
      return oddContainer(random, depth);
    case 7:
    case 8:
      return {
        __type__: random.pick([...TYPES, ...TEXTS]),
        __value__: oddValue(random, depth + 1),
      };
    case 9:
      return new Raw(protoObject(random));
    case 10:
      return deep(random);
    case 11:
      return new Raw('9'.repeat(1 + random.below(5_000)));
    case 12:
      return long(random);
    default:
      return [oddValue(random, depth + 1), oddValue(random, depth + 1)];
  }
}

function oddContainer(random: Random, depth: number): unknown {
  const entries = Array.from({ length: random.below(4) }, () => [
    random.pick(TEXTS),
    oddValue(random, depth + 1),
  ]);
  return new Raw(`{${entries.map(([key, value]) => `${write(key)}: ${write(value)}`).join(',')}}`);
}

/** Keys that mean something to JavaScript, with values that are no functions. */
function protoObject(random: Random): string {
  const key = random.pick([
    '__proto__',
    'constructor',
    'toString',
    'valueOf',
    'then',
    'toJSON',
    'hasOwnProperty',
  ]);
  return `{${JSON.stringify(key)}: ${write(oddValue(random, 2))}, "a": 1, "a": 2}`;
}

function deep(random: Random): Raw {
  const levels = random.pick([3, 50, 899, 901, 999, 1001, 3_000]);
  const [open, close] = random.pick([
    ['[', ']'],
    ['{"a":', '}'],
    ['{"__type__":"bytes","__value__":', '}'],
  ] as const);
  return new Raw(`${open.repeat(levels)}1${close.repeat(levels)}`);
}

function long(random: Random): unknown {
  const length = random.pick([10, 1_000, 20_000]);
  if (random.chance(0.5)) return random.pick(TEXTS).slice(0, 3).repeat(length).slice(0, length);
  return new Raw(`[${Array.from({ length: Math.min(length, 2_000) }, () => '1').join(',')}]`);
}

/** One place of a tree. */
interface Place {
  readonly parent: unknown[] | Record<string, unknown>;
  readonly key: string | number;
}

function placesIn(root: unknown[] | Record<string, unknown>): Place[] {
  const places: Place[] = [];
  const walk = (parent: unknown[] | Record<string, unknown>): void => {
    for (const key of Object.keys(parent)) {
      if (places.length > 500) return;
      places.push({ parent, key });
      const value = (parent as Record<string, unknown>)[key];
      const isTree = typeof value === 'object' && value !== null && !(value instanceof Raw);
      if (isTree && !(value instanceof Uint8Array)) walk(value as Record<string, unknown>);
    }
  };
  walk(root);
  return places;
}

/** Changes one place of a tree. @param donor - another tree, to take from. */
export function mutateTree(
  root: unknown[] | Record<string, unknown>,
  random: Random,
  donor: unknown,
): void {
  const places = placesIn(root);
  if (places.length === 0) return;
  const { parent, key } = random.pick(places);
  const object = parent as Record<string | number, unknown>;
  switch (random.below(9)) {
    case 0:
      if (Array.isArray(parent)) parent.splice(Number(key), 1);
      else delete object[key];
      return;
    case 1:
      if (Array.isArray(parent)) parent.splice(Number(key), 0, object[key]);
      else object[random.pick(TEXTS.filter((text) => text !== '__proto__'))] = object[key];
      return;
    case 2: {
      const other = random.pick(places);
      const value = object[key];
      object[key] = copy((other.parent as Record<string | number, unknown>)[other.key]);
      if (!contains(value, other.parent))
        (other.parent as Record<string | number, unknown>)[other.key] = value;
      return;
    }
    case 3:
      object[key] = { __type__: random.pick(TYPES), __value__: object[key] };
      return;
    case 4:
      object[key] = [object[key]];
      return;
    case 5:
      object[key] = copy(donor);
      return;
    default:
      object[key] = oddValue(random);
  }
}

function contains(tree: unknown, part: unknown): boolean {
  if (tree === part) return true;
  if (typeof tree !== 'object' || tree === null) return false;
  return Object.values(tree).some((each) => contains(each, part));
}

function copy(value: unknown): unknown {
  return value === undefined ? null : structuredCloneWithRaw(value);
}

function structuredCloneWithRaw(value: unknown): unknown {
  if (value instanceof Raw || typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(structuredCloneWithRaw);
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, structuredCloneWithRaw(each)]),
  );
}
