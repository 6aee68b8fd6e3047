import { expect, test } from 'vitest';
import { Results } from './results.ts';

function document(status: string, value = 1): string {
  return `{"status": "${status}", "result": ${value}}`;
}

test('results past their time are dropped though nobody asks for them', () => {
  let nowMs = 0;
  const results = new Results({ now: () => nowMs });
  for (let n = 0; n < 1_500; n += 1) {
    results.store([{ key: `old${n}`, document: document('SUCCESS'), ttlMs: 10 }]);
  }
  nowMs = 10;

  for (let n = 0; n < 2_000; n += 1) {
    results.store([{ key: `new${n}`, document: document('SUCCESS'), ttlMs: 10 }]);
  }

  expect(results.size).toBe(2_000);
});

test('listeners hear of final documents that were stored, and of no others', () => {
  const results = new Results({ now: () => 0 });
  const heard: string[] = [];
  const stop = results.onFinal((_, text) => heard.push(text));
  const store = (...texts: string[]) =>
    results.store(texts.map((text) => ({ key: 'a', document: text, ttlMs: 0 })));

  store(document('STARTED'), document('FAILURE'), document('SUCCESS', 1), document('SUCCESS', 2));
  stop();
  results.store([{ key: 'b', document: document('SUCCESS'), ttlMs: 0 }]);

  expect(heard).toEqual([document('FAILURE'), document('SUCCESS', 1)]);
});
