import { CeleriacError } from '../../src/errors.ts';
import { countDelivery, decodeResultMeta, parseEnvelope } from '../../src/protocol/index.ts';
import { completeLayout } from '../../src/transports/layout-options.ts';
import { splitEntry } from '../../src/transports/redis/entry.ts';
import { Layout } from '../../src/transports/redis/layout.ts';
import { fits, topicPattern } from '../../src/transports/topic-patterns.ts';
import type { Corpus } from './corpus.ts';
import { cook, recipeOf } from './mutations.ts';
import { Random } from './random.ts';
import { mutateText, mutateTokens } from './texts.ts';
import { oddValue, write } from './values.ts';

/** How long one reading may take, at the most; it is a thousandth of that. */
const READ_MS = 2_000;
/** For a pattern that takes for ever: one of some dozen of these is, and a worker's patience would be most of the time. */
const PATTERN_MS = 5;

interface ReaderProblem {
  readonly run: number;
  readonly what: string;
  readonly payload: string;
  readonly changes: readonly string[];
}

/** Reads what else comes from a store: results, claims in their records, rows of bindings, topics. */
export function checkReaders(seed: number, run: number, corpus: Corpus): ReaderProblem[] {
  const random = new Random(Math.imul(seed, 0x27d4eb2f) ^ (run + 1));
  switch (run % 4) {
    case 0:
      return check('result', run, mutated(random.pick(corpus.results), random), (text) => {
        decodeResultMeta(text);
      });
    case 1: {
      const entry = cook(recipeOf(seed, run, corpus.messages.length), corpus.messages);
      return check('claim', run, mutated(`[${entry}, "", "celery"]`, random), readClaim);
    }
    case 2: {
      const text = mutated(
        cook(recipeOf(seed, run, corpus.messages.length), corpus.messages),
        random,
      );
      return check('count', run, text, countTwice);
    }
    default:
      return check('row', run, rowOf(random), (row) => {
        const binding = layout.parseRow(row);
        if (binding) fits(binding.pattern, keyOf(random), PATTERN_MS);
      });
  }
}

const layout = new Layout({ ...completeLayout({}), keyprefix: '' } as never);

function mutated(text: string, random: Random): string {
  let changed = text;
  for (let left = random.below(3); left >= 0; left--) {
    changed = random.chance(0.5)
      ? mutateText(changed, random, text)
      : mutateTokens(changed, random, write(oddValue(random)));
  }
  return changed;
}

function readClaim(text: string): void {
  const entry = splitEntry(text);
  if (entry) parseEnvelope(entry.payload);
}

/** A delivery that is counted changes nothing but its count. */
function countTwice(text: string): void {
  const counted = countDelivery(text);
  if (counted === undefined) return;
  const [before, after] = [parseEnvelope(text), parseEnvelope(counted)];
  if (!before.ok || !after.ok) throw new Error('a message is none once its delivery is counted');
  if (before.body !== after.body) throw new Error('its body is another');
  const deliveries = after.headers['x-celeriac-deliveries'];
  if (typeof deliveries !== 'number') throw new Error('its delivery was not counted');
}

const WORDS = [
  '*',
  '#',
  'a',
  'aa',
  '',
  '(a+)+',
  '.*',
  '(',
  '[',
  '\\',
  'a|a',
  '(a|a)*',
  '\u0000',
  'é',
  '?',
];

function rowOf(random: Random): string {
  const key = Array.from({ length: 1 + random.below(12) }, () => random.pick(WORDS)).join('.');
  const row = [key, topicPattern(key), 'queue'].join('\x06\x16');
  return random.chance(0.3) ? mutateText(row, random, row) : row;
}

function keyOf(random: Random): string {
  if (random.chance(0.5)) return `${'a.'.repeat(random.below(200))}!`;
  return `${'a'.repeat(random.below(2_000))}\n!`;
}

function check(
  name: string,
  run: number,
  payload: string,
  read: (text: string) => void,
): ReaderProblem[] {
  const startedMs = performance.now();
  try {
    read(payload);
  } catch (error) {
    if (!(error instanceof CeleriacError)) {
      const what = `reading a ${name}: ${error instanceof Error ? error.stack : String(error)}`;
      return [{ run, what, payload, changes: [] }];
    }
  }
  const ms = performance.now() - startedMs;
  if (ms < READ_MS) return [];
  return [{ run, what: `reading a ${name} took ${Math.round(ms)} ms`, payload, changes: [] }];
}
