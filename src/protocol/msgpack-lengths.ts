import { DecodeError } from '../errors.ts';

/** By first byte: how many bytes follow that say a length, and how many more come before what has that length. */
const sized = new Map<number, readonly [width: 1 | 2 | 4, more: 0 | 1]>([
  ...([0xc4, 0xd9] as const).map((byte) => [byte, [1, 0]] as const),
  ...([0xc5, 0xda] as const).map((byte) => [byte, [2, 0]] as const),
  ...([0xc6, 0xdb] as const).map((byte) => [byte, [4, 0]] as const),
  ...([
    [0xc7, [1, 1]],
    [0xc8, [2, 1]],
    [0xc9, [4, 1]],
  ] as const),
]);

/** By first byte: how many bytes follow. */
const fixed = new Map<number, number>([
  ...([
    [0xca, 4],
    [0xcb, 8],
    [0xcc, 1],
    [0xcd, 2],
    [0xce, 4],
    [0xcf, 8],
  ] as const),
  ...([
    [0xd0, 1],
    [0xd1, 2],
    [0xd2, 4],
    [0xd3, 8],
  ] as const),
  ...([
    [0xd4, 2],
    [0xd5, 3],
    [0xd6, 5],
    [0xd7, 9],
    [0xd8, 17],
  ] as const),
]);

/**
 * Refuses lists and maps that say that they are longer than what is left, before anybody makes room for them: a few
 * bytes would take gigabytes.
 * @throws DecodeError
 */
export function checkLengths(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  // each of them is one byte at least
  for (let values = 1; values > 0; values--) {
    if (values > bytes.length - at) throw new DecodeError('it says that it is longer than it is');
    const first = bytes[at] ?? 0;
    at++;
    const count = countIn(first, view, at);
    if (count) {
      values += count.values;
      at += count.width;
    } else at += lengthOf(first, view, at);
  }
}

/** What a list or a map holds; undefined for anything else. */
function countIn(
  first: number,
  view: DataView,
  at: number,
): { readonly values: number; readonly width: number } | undefined {
  if (first >= 0x80 && first <= 0x8f) return { values: 2 * (first & 0x0f), width: 0 };
  if (first >= 0x90 && first <= 0x9f) return { values: first & 0x0f, width: 0 };
  if (first < 0xdc) return undefined;
  if (first > 0xdf) return undefined;
  const width = first % 2 === 0 ? 2 : 4;
  return { values: numberAt(view, at, width) * (first >= 0xde ? 2 : 1), width };
}

/** How many bytes follow the first one of a value that holds no others. */
function lengthOf(first: number, view: DataView, at: number): number {
  if (first >= 0xa0 && first <= 0xbf) return first & 0x1f;
  const size = sized.get(first);
  if (!size) return fixed.get(first) ?? 0;
  const [width, more] = size;
  return width + more + numberAt(view, at, width);
}

function numberAt(view: DataView, at: number, width: 1 | 2 | 4): number {
  if (at + width > view.byteLength) throw new DecodeError('it ends in the middle of a value');
  if (width === 1) return view.getUint8(at);
  return width === 2 ? view.getUint16(at) : view.getUint32(at);
}
