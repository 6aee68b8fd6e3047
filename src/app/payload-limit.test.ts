import { expect, test } from 'vitest';
import { PayloadTooLargeError } from '../errors.ts';
import { encodeWithin, LargeBodies, withinText } from './payload-limit.ts';

const embed = { callbacks: null, errbacks: null, chain: null, chord: null };
const limit = { taskName: 'orders.pay', maxBytes: 1_000 };

function refusedSize(text: string, compression?: string): number | undefined {
  const body = { args: [text], kwargs: {}, embed };
  try {
    encodeWithin(body, { types: 'typed', compression }, limit);
    return undefined;
  } catch (error) {
    if (error instanceof PayloadTooLargeError) return error.size;
    throw error;
  }
}

test('a body is measured before it is compressed, and after', () => {
  const noise = Array.from({ length: 800 }, (_, at) => String.fromCharCode(33 + ((at * at) % 90)));

  expect(refusedSize('x'.repeat(500))).toBeUndefined();
  expect(refusedSize('x'.repeat(500), 'gzip')).toBeUndefined();
  expect(refusedSize('x'.repeat(5_000))).toBeGreaterThan(5_000);
  expect(refusedSize('x'.repeat(5_000), 'gzip')).toBeGreaterThan(5_000);
  expect(refusedSize(noise.join(''))).toBeUndefined();
});

test('the error says the task, the size, the limit and what to do', () => {
  const body = { args: ['é'.repeat(200)], kwargs: {}, embed };
  const write = () => encodeWithin(body, { types: 'typed' }, limit);

  expect(write).toThrow(PayloadTooLargeError);
  // six characters for each é
  expect(write).toThrow(
    /the body of task 'orders.pay' has 1\d\d\d bytes, more than the 1000 of 'taskMaxPayload'; put the data/,
  );
});

test('what no text of Node could hold is refused in the same way', () => {
  const longest = 'x'.repeat(0x1fff_ffe8);

  const write = () => withinText('body', limit, () => `${longest}${longest}`.length);

  expect(write).toThrow(PayloadTooLargeError);
  expect(() =>
    withinText('body', limit, () => {
      throw new RangeError('Maximum call stack size exceeded');
    }),
  ).toThrow('Maximum call stack size');
});

test('large bodies are told once per task', () => {
  const lines: string[] = [];
  const large = new LargeBodies({ warning: (text) => void lines.push(text) });

  for (const size of [999_999, 1_000_000, 2_000_000]) large.note('a', size);
  large.note('b', 3_000_000);

  expect(lines).toHaveLength(2);
  expect(lines[0]).toContain("a message of task 'a' has a body of 1000000 bytes");
});
