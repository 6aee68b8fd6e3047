import { DecodeError } from '../../errors.ts';

/** One element of DER: its tag and its content. */
export interface DerElement {
  readonly tag: number;
  readonly content: Buffer;
}

/** Tags of the elements that a certificate's names are made of. */
export const derTags = {
  integer: 0x02,
  universalString: 0x1c,
  bmpString: 0x1e,
  version: 0xa0,
} as const;

/** The elements that bytes consist of, one after the other. @throws DecodeError for bytes that are no DER */
export function derElements(bytes: Buffer): DerElement[] {
  const elements: DerElement[] = [];
  for (let at = 0; at < bytes.length; ) {
    const { tag, start, end } = headerAt(bytes, at);
    elements.push({ tag, content: bytes.subarray(start, end) });
    at = end;
  }
  return elements;
}

function headerAt(bytes: Buffer, at: number): { tag: number; start: number; end: number } {
  const tag = bytes[at] ?? 0;
  const first = bytes[at + 1] ?? 0x80;
  const isLong = first >= 0x80;
  const lengthBytes = isLong ? first - 0x80 : 0;
  const start = at + 2 + lengthBytes;
  if (isLong && (lengthBytes === 0 || lengthBytes > 4 || start > bytes.length)) throw noDer();
  const length = isLong ? bytes.readUIntBE(at + 2, lengthBytes) : first;
  const end = start + length;
  if (end > bytes.length) throw noDer();
  return { tag, start, end };
}

function noDer(): DecodeError {
  return new DecodeError('the certificate ends too soon');
}

/** What an INTEGER holds, whatever its size and sign. */
export function derInteger({ content }: DerElement): bigint {
  const value = BigInt(`0x${content.toString('hex') || '0'}`);
  return BigInt.asIntN(content.length * 8, value);
}

/** A text of any of the kinds that names are written in, as Python's `cryptography` reads it. */
export function derText({ tag, content }: DerElement): string {
  if (tag === derTags.bmpString) return bigEndianText(content, 2);
  if (tag === derTags.universalString) return bigEndianText(content, 4);
  return content.toString('utf8');
}

/** UTF-16 or UTF-32 with the high byte first. */
function bigEndianText(content: Buffer, width: 2 | 4): string {
  const units: number[] = [];
  for (let at = 0; at + width <= content.length; at += width) {
    units.push(content.readUIntBE(at, width));
  }
  return width === 2 ? String.fromCharCode(...units) : String.fromCodePoint(...units);
}
