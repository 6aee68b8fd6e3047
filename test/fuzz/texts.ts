import type { Random } from './random.ts';

const UNITS = [
  '"',
  '\\',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '\u0000',
  '\ud800',
  '\n',
  'é',
  '0',
  '-',
  'u',
  ' ',
];

/** Changes a text (a character per byte if it stands for bytes) somewhere. */
export function mutateText(text: string, random: Random, donor: string): string {
  const at = random.below(text.length + 1);
  const end = Math.min(text.length, at + 1 + random.below(random.chance(0.7) ? 4 : 200));
  switch (random.below(8)) {
    case 0:
      return text.slice(0, at) + text.slice(end);
    case 1:
      return text.slice(0, at) + random.pick(UNITS) + text.slice(at);
    case 2:
      return text.slice(0, at) + random.pick(UNITS) + text.slice(at + 1);
    case 3:
      return text.slice(0, end) + text.slice(at);
    case 4:
      return text.slice(0, at);
    case 5:
      return text.slice(0, at) + donor.slice(random.below(donor.length + 1));
    case 6: {
      const unit = String.fromCharCode(text.charCodeAt(at) ^ (1 << random.below(8)));
      return text.slice(0, at) + unit + text.slice(at + 1);
    }
    default:
      return text.slice(at) + text.slice(0, at);
  }
}

/** Bytes, a character each. */
export function mutateBytes(bytes: string, random: Random, donor: string): string {
  if (random.chance(0.3)) {
    // lengths in the heads of msgpack, pickle and zlib
    const head = random.pick([
      '\xdd\xff\xff\xff\xff',
      '\xdf\x7f\xff\xff\xff',
      '\xc6\xff\xff\xff\xff',
      '\xdb\xff\xff\xff\xff',
    ]);
    const more = random.pick([
      head,
      'X\xff\xff\xff\x7f',
      '\x8e\xff\xff\xff\xff\xff\xff\xff\x7f',
      '\x8b\xff\xff\xff\x7f',
      'B\xff\xff\xff\xff',
    ]);
    const at = random.below(bytes.length + 1);
    return bytes.slice(0, at) + more + bytes.slice(at + (random.chance(0.5) ? more.length : 0));
  }
  const changed = mutateText(bytes, random, donor);
  return Buffer.from(changed, 'latin1').toString('latin1');
}

const tokens = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+|\s+/g;

/** Changes tokens of a JSON text: leaves them out, doubles, swaps or replaces them. */
export function mutateTokens(text: string, random: Random, replacement: string): string {
  const all: string[] = text.match(tokens) ?? [];
  if (all.length === 0) return text;
  const at = random.below(all.length);
  const count = 1 + random.below(random.chance(0.6) ? 2 : 8);
  const piece = all.slice(at, at + count);
  switch (random.below(5)) {
    case 0:
      all.splice(at, count);
      break;
    case 1:
      all.splice(at, 0, ...piece);
      break;
    case 2:
      all.splice(random.below(all.length), 0, ...all.splice(at, count));
      break;
    case 3:
      all[at] = replacement;
      break;
    default:
      // a member twice
      all.splice(all.lastIndexOf('}'), 0, ',', ...piece, ':', replacement);
  }
  return all.join('');
}
