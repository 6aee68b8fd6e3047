import { expect, test } from 'vitest';
import { parseEnvelope } from '../../protocol/index.ts';
import { deliveriesOf } from '../burials.ts';
import { countDelivery, splitEntry } from './entry.ts';

const payload =
  '{"body": "W10=", "headers": {"task": "add", "id": "1"}, "properties": {"delivery_info": {"exchange": "", "routing_key": "q"}, "body_encoding": "base64"}}';

function deliveries(text: string): number {
  const envelope = parseEnvelope(text);
  if (!envelope.ok) throw new Error(envelope.reason);
  return deliveriesOf(envelope);
}

test.each([
  [`[${payload}, "", "q"]`, '', 'q'],
  [`[${payload}, "ex", "a.b"]`, 'ex', 'a.b'],
  [`[${payload},"ex","q"]`, 'ex', 'q'],
  [`[${payload}, "", "q\\"1, \\"2"]`, '', 'q"1, "2'],
  [`[${payload}, null, "q"]`, '', 'q'],
])('an entry is taken apart, its payload as it is: %#', (entry, exchange, routingKey) => {
  expect(splitEntry(entry)).toEqual({ payload, exchange, routingKey });
});

test('a payload of strings and commas does not confuse the end', () => {
  const odd = '{"headers": {"x": ["a, ", "", "q"]}, "y": ", \\"\\", \\"q\\"]"}';
  expect(splitEntry(`[${odd}, "", "q"]`)).toEqual({ payload: odd, exchange: '', routingKey: 'q' });
});

test('a long payload is taken apart too', () => {
  const long = `{"body": "${'x'.repeat(1_000_000)}"}`;
  expect(splitEntry(`[${long}, "", "q"]`)?.payload).toBe(long);
});

test.each([
  '',
  `[${payload}, "", "q\u0000"]`,
  `[${payload}, "\\x", "q"]`,
  'rubbish',
  '[]',
  '["a", "b"]',
  `${payload}, "", "q"]`,
  '[{}, "", "q"',
])('%j is no entry', (entry) => {
  expect(splitEntry(entry)).toBeUndefined();
});

test('a delivery is counted in the headers and marked where Kombu marks it, all else kept', () => {
  const once = countDelivery(payload, 1);
  const twice = countDelivery(once, 2);

  expect(deliveries(payload)).toBe(0);
  expect(deliveries(once)).toBe(1);
  expect(deliveries(twice)).toBe(2);
  expect(twice).toBe(
    payload
      .replace('"id": "1"', '"id": "1", "x-celeriac-deliveries": 2')
      .replace('"delivery_info": {', '"delivery_info": {"redelivered": true, '),
  );
});

test('what Kombu put back counts as one delivery', () => {
  const restored = payload.replace('"delivery_info": {', '"delivery_info": {"redelivered": true, ');
  expect(deliveries(restored)).toBe(1);
});
