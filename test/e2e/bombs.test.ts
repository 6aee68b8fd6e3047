import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { brotliCompressSync, constants, deflateSync } from 'node:zlib';
import { expect, test } from 'vitest';

const entry = new URL('../../dist/protocol/index.js', import.meta.url).href;
const MB = 1_000_000;
const UNPACKED_MB = 300;
const zeros = () => Buffer.alloc(UNPACKED_MB * MB);

const packed = JSON.parse(
  readFileSync(new URL('../vectors/packed.json', import.meta.url), 'utf8'),
) as readonly { readonly method: string; readonly input: string; readonly packed: string }[];

/** A million zeros by Python, again and again: streams of these may follow each other. */
function manyOf(method: string): Buffer {
  const found = packed.find((each) => each.method === method && each.input === 'zeros');
  const bytes = Buffer.from(found?.packed ?? '', 'base64');
  return Buffer.concat(new Array<Buffer>(UNPACKED_MB).fill(bytes));
}

/** One frame of zeros, as later Nodes read only the first: each block says that a byte comes 128 KiB times. */
function zstdFrame(): Buffer {
  const block = Buffer.from([0x02, 0x00, 0x10, 0x00]);
  const last = Buffer.from([0x03, 0x00, 0x10, 0x00]);
  const blocks = new Array<Buffer>(Math.ceil((UNPACKED_MB * MB) / 0x20000)).fill(block);
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58]), ...blocks, last]);
}

const bombs: readonly (readonly [string, () => Buffer])[] = [
  ['application/x-gzip', () => deflateSync(zeros(), { level: 1 })],
  [
    'application/x-brotli',
    () => brotliCompressSync(zeros(), { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
  ],
  ['application/x-bz2', () => manyOf('bzip2')],
  ['application/x-lzma', () => manyOf('lzma')],
  ['application/zstd', zstdFrame],
];

/** Reads a small message, then the bomb, and prints by how many bytes the process has grown for it. */
const program = `
import { readFileSync } from 'node:fs';
import { decodeBody } from '${entry}';
const body = readFileSync(0, 'utf8');
const part = { contentType: 'application/json', contentEncoding: 'utf-8', bodyEncoding: 'base64' };
const read = (body, compression) => {
  try {
    decodeBody({ ...part, body, compression }, { maxBytes: ${5 * MB} });
    return 'read';
  } catch (error) {
    return error.message;
  }
};
read('AAAA', process.argv[1]);
const before = process.resourceUsage().maxRSS;
const message = read(body, process.argv[1]);
console.log(JSON.stringify({ message, bytes: (process.resourceUsage().maxRSS - before) * 1024 }));
`;

test.each(bombs)('a bomb of %s is refused before it takes memory', (compression, bomb) => {
  const body = bomb().toString('base64');
  expect(body.length).toBeLessThan(3 * MB);

  const args = ['--input-type=module', '-e', program, compression];
  const printed = execFileSync(process.execPath, args, { input: body, encoding: 'utf8' });

  const { message, bytes } = JSON.parse(printed) as { message: string; bytes: number };
  expect(message).toContain("larger than the 5000000 bytes of 'taskMaxPayload'");
  expect(bytes).toBeLessThan(60 * MB);
});
