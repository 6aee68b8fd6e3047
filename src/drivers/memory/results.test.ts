import { expect, test } from 'vitest';
import { finalityOf } from '../../protocol/index.ts';
import { Results, type StoredResult } from './results.ts';

function document(status: string, value = 1): string {
  return `{"status": "${status}", "result": ${value}}`;
}

function aResult(key: string, document: string, ttlMs = 0): StoredResult {
  return { key, document, finality: finalityOf(document.split('"')[3] ?? ''), ttlMs };
}

test('results past their time are dropped though nobody asks for them', () => {
  let nowMs = 0;
  const results = new Results({ now: () => nowMs });
  for (let n = 0; n < 1_500; n += 1) {
    results.store([aResult(`old${n}`, document('SUCCESS'), 10)]);
  }
  nowMs = 10;

  for (let n = 0; n < 2_000; n += 1) {
    results.store([aResult(`new${n}`, document('SUCCESS'), 10)]);
  }

  expect(results.size).toBe(2_000);
});

test('listeners hear of final documents that were stored, and of no others', () => {
  const results = new Results({ now: () => 0 });
  const heard: string[] = [];
  const stop = results.onFinal((_, text) => heard.push(text));
  const store = (...texts: string[]) => results.store(texts.map((text) => aResult('a', text)));

  store(document('STARTED'), document('FAILURE'), document('SUCCESS', 1), document('SUCCESS', 2));
  stop();
  results.store([aResult('b', document('SUCCESS'))]);

  expect(heard).toEqual([document('FAILURE'), document('SUCCESS', 1)]);
});
