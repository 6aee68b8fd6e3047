import { createContext, Script } from 'node:vm';
import { ANY_TEXT, fitsPieces, type Millis, type Piece } from '../util/index.ts';

/** Whether a routing key fits. */
type Fits = (routingKey: string, patienceMs: Millis) => boolean;

const wildcards: ReadonlyMap<string, string> = new Map([
  ['*', '.*?[^\\.]'],
  ['#', '.*?'],
]);

/**
 * The regular expression of a topic's binding key. It is not quite AMQP's: `a.*` fits `a.b.c` too, and `a.#` does
 * not fit `a`. Source: `TopicExchange.key_to_pattern` in Kombu's `transport/virtual/exchange.py`.
 */
export function topicPattern(routingKey: string): string {
  const words = routingKey.split('.').map((word) => wildcards.get(word) ?? word);
  return `^${words.join('\\.')}$`;
}

/** How long a pattern of somebody's own may take, most of which take a millionth of that, and how often it may fail. */
const PATIENCE_MS: Millis = 200;
const FAILURES_MAX = 2;

/**
 * Whether a topic's pattern fits; what is no pattern, or only Python understands, does not.
 * @param patienceMs - for a pattern that may take for ever.
 */
export function fits(pattern: string, routingKey: string, patienceMs = PATIENCE_MS): boolean {
  return pattern !== '' && matcherOf(pattern)(routingKey, patienceMs);
}

const PATTERNS_MAX = 1_000;
const matchers = new Map<string, Fits>();

function matcherOf(pattern: string): Fits {
  const known = matchers.get(pattern);
  if (known) return known;
  if (matchers.size >= PATTERNS_MAX) matchers.clear();
  const pieces = piecesOf(pattern);
  const matcher = pieces ? (key: string) => fitsPieces(pieces, key) : guarded(pattern);
  matchers.set(pattern, matcher);
  return matcher;
}

const isNoPoint = (character: string): boolean => character !== '.';

const forms = /\.\*\?(\[\^\\\.\])?|\\\.|[^\\^$.*+?()[\]{}|]/suy;

/** @returns undefined for what is no pattern of plain words and wildcards. */
function piecesOf(pattern: string): readonly Piece[] | undefined {
  if (!pattern.startsWith('^') || !pattern.endsWith('$')) return undefined;
  const pieces: Piece[] = [];
  const end = pattern.length - 1;
  forms.lastIndex = 1;
  for (let at = 1; at < end; at = forms.lastIndex) {
    const [form, noPoint] = forms.exec(pattern) ?? [];
    if (form === undefined) return undefined;
    if (form.startsWith('.*?')) {
      pieces.push(ANY_TEXT);
      if (noPoint) pieces.push(isNoPoint);
    } else pieces.push(...(form === '\\.' ? '.' : form).split(''));
  }
  return pieces;
}

/** What somebody has written by hand may take for ever; after the second time it is given up, and fits nothing more. */
function guarded(pattern: string): Fits {
  let regExp: RegExp;
  try {
    regExp = new RegExp(pattern, 's');
  } catch {
    return () => false; // Python's syntax has more than ours
  }
  const sandbox = createContext({ regExp, key: '' });
  const script = new Script('regExp.test(key)');
  let failures = 0;
  return (routingKey, timeout) => {
    if (failures === FAILURES_MAX) return false;
    sandbox['key'] = routingKey;
    try {
      return script.runInContext(sandbox, { timeout }) === true;
    } catch {
      failures++;
      return false;
    }
  };
}
