import { expect, test } from 'vitest';
import { parseArgs, parseExpires, parseInstant, parseKwargs } from './parse.ts';

test('arguments are a JSON list and an object, and none without a flag', () => {
  expect(parseArgs('[4, {"x": 5}]')).toEqual([4, { x: 5 }]);
  expect(parseArgs(undefined)).toEqual([]);
  expect(parseKwargs('{"x": 4}')).toEqual({ x: 4 });
  expect(parseKwargs(undefined)).toEqual({});
});

test.each([
  [() => parseArgs('{}'), "--args must be a JSON list such as '[4, 5]', got an object"],
  [() => parseArgs('4'), 'got a number'],
  [() => parseKwargs('[]'), 'got a list'],
  [() => parseKwargs('null'), 'got null'],
  [() => parseArgs('["canary"'), '--args is not JSON'],
])('what is something else is refused, and not repeated', (parse, message) => {
  expect(parse).toThrow(message);
  expect(parse).not.toThrow('canary');
});

test('an instant is ISO 8601', () => {
  const christmas = new Date('2026-12-24T18:00:00Z');

  expect(parseInstant('--eta', '2026-12-24T18:00:00Z')).toEqual(christmas);
  expect(() => parseInstant('--eta', 'tomorrow')).toThrow('--eta must be a time in ISO 8601');
  expect(() => parseInstant('--eta', '2026-13-45')).toThrow("got '2026-13-45'");
});

test('an expiry is seconds or an instant', () => {
  expect(parseExpires('1.5')).toBe(1.5);
  expect(parseExpires('2026-12-24')).toEqual(new Date('2026-12-24'));
  expect(() => parseExpires('-1')).toThrow('--expires must be seconds or a time');
  expect(() => parseExpires('soon')).toThrow("got 'soon'");
});
