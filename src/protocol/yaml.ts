import { createRequire } from 'node:module';
import type { CST, Document, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { DecodeError } from '../errors.ts';
import { checkWrittenOut } from './written-out.ts';
import { pythonTags } from './yaml-tags.ts';

/** Python's yaml reads version 1.1, where `yes`, `012` and `1:30` are no texts. */
const version = '1.1';

/** A plain value in block style with sorted keys, as Python's safe dump, but with every text in quotes. */
export function encodeYaml(value: unknown): string {
  const text = library().stringify(value, {
    version,
    customTags: pythonTags,
    sortMapEntries: true,
    aliasDuplicateObjects: false,
    indentSeq: false,
    lineWidth: 0,
    defaultStringType: 'QUOTE_DOUBLE',
    defaultKeyType: 'QUOTE_DOUBLE',
  });
  // only texts have such characters, and they are in quotes; Python refuses some that are legal in YAML
  return text.replace(/[^\n -~]/gu, escapeCharacter);
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const digits = code.toString(16);
  return code > 0xffff ? `\\U${digits.padStart(8, '0')}` : `\\u${digits.padStart(4, '0')}`;
}

/**
 * @param maxBytes - what it may be with each alias written out.
 * @throws DecodeError for what is no YAML, or has tags such as `!!python/object`
 */
export function decodeYaml(text: string, maxBytes?: number): unknown {
  const { Parser, Composer } = library();
  const tokens = [...new Parser().parse(text)];
  if (tokens.some((token) => isTooDeep(token))) {
    throw new DecodeError(`the YAML is nested more than ${maxDepth} levels deep`);
  }
  // the library would write what it thinks of a key to stderr, with what is in it
  const options = { version, intAsBigInt: true, logLevel: 'error' } as const;
  // the last of equal keys counts, as in Python; to look for them takes the library quadratic time
  const schema = { customTags: pythonTags, uniqueKeys: false };
  const composer = new Composer({ ...options, ...schema });
  const [document, second] = [...composer.compose(tokens, true, text.length)];
  if (!document || second) {
    throw new DecodeError('it is no YAML that we read: it is not one document');
  }
  const [problem] = [...document.errors, ...document.warnings];
  if (problem)
    throw new DecodeError(`it is no YAML that we read: ${problem.message.split('\n')[0]}`);
  followAliases(document);
  return checkWrittenOut(document.toJS(), { what: 'the YAML', maxBytes, replace: asList });
}

/** What the library makes of `!!set` and `!!omap`; a list here, as a pickled set is. */
function asList(value: object): object {
  return value instanceof Set || value instanceof Map ? [...value] : value;
}

/**
 * Tells each alias what it stands for. The library looks for that among all anchors and aliases, which takes quadratic
 * time, and takes no list that is used a hundred times, as Python writes them.
 * @throws DecodeError for a key that is no plain value, which Python refuses, too: to write it as a text is slow as well
 */
function followAliases(document: Document.Parsed): void {
  const { visit, isAlias, isCollection, isNode } = library();
  const anchored = new Map<string, Scalar | YAMLMap | YAMLSeq>();
  visit(document, {
    Alias(_key, alias) {
      const source = anchored.get(alias.source);
      if (!source) throw new DecodeError(`the YAML has an alias '*${alias.source}' of nothing`);
      alias.resolve = () => source;
    },
    Value(_key, node) {
      if (node.anchor) anchored.set(node.anchor, node);
    },
    Pair(_key, { key }) {
      const meant = isAlias(key) ? anchored.get(key.source) : key;
      if (isNode(meant) && isCollection(meant)) {
        throw new DecodeError('the YAML has a list or an object as a key');
      }
    },
  });
}

/** What the library does with a document calls itself for each level, and where the stack ends, so does the process. */
const maxDepth = 200;

/** Whether the tokens of a document are nested too deeply to be put together. */
function isTooDeep(document: CST.Token): boolean {
  const waiting: [token: CST.Token, depth: number][] = [[document, 0]];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const [token, depth] = next;
    if (depth > maxDepth) return true;
    if (token.type === 'document' && token.value) waiting.push([token.value, depth]);
    if (!('items' in token)) continue;
    for (const { key, value } of token.items) {
      if (key) waiting.push([key, depth + 1]);
      if (value) waiting.push([value, depth + 1]);
    }
  }
  return false;
}

let loaded: typeof import('yaml') | undefined;

/** Loaded when the first message needs it. */
function library(): typeof import('yaml') {
  loaded ??= createRequire(import.meta.url)('yaml') as typeof import('yaml');
  return loaded;
}
