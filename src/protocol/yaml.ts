import { createRequire } from 'node:module';
import type { ParseOptions, ScalarTag, Tags } from 'yaml';
import { DecodeError } from '../errors.ts';
import { safeIntegers } from './safe-integers.ts';

/** Python's yaml reads version 1.1, where `yes`, `012` and `1:30` are no texts. */
const version = '1.1';

/** As Python wants numbers that are no integers: with a point, and a sign after the `e`. */
const float: ScalarTag = {
  tag: 'tag:yaml.org,2002:float',
  default: true,
  identify: (value) =>
    typeof value === 'number' && !(Number.isInteger(value) && Math.abs(value) < 1e21),
  test: /^(?!)/,
  resolve: Number,
  stringify: ({ value }) => floatText(Number(value)),
};

function floatText(value: number): string {
  if (Number.isNaN(value)) return '.nan';
  if (!Number.isFinite(value)) return value < 0 ? '-.inf' : '.inf';
  const [digits = '', exponent] = String(value).split('e');
  const pointed = digits.includes('.') ? digits : `${digits}.0`;
  return exponent === undefined ? pointed : `${pointed}e${exponent}`;
}

/** Merge keys would turn the text `<<` into something else. */
function withoutMerge(tags: Tags): Tags {
  return tags.filter((tag) => typeof tag === 'string' || tag.tag !== 'tag:yaml.org,2002:merge');
}

/** A plain value in block style with sorted keys, as Python's safe dump, but with every text in quotes. */
export function encodeYaml(value: unknown): string {
  return library().stringify(value, {
    version,
    customTags: (tags) => [float, ...withoutMerge(tags)],
    sortMapEntries: true,
    aliasDuplicateObjects: false,
    indentSeq: false,
    lineWidth: 0,
    defaultStringType: 'QUOTE_DOUBLE',
    defaultKeyType: 'QUOTE_DOUBLE',
  });
}

/** @throws DecodeError for what is no YAML, or has tags such as `!!python/object` */
export function decodeYaml(text: string): unknown {
  const options: ParseOptions & { version: '1.1' } = { version, intAsBigInt: true };
  const document = library().parseDocument(text, { ...options, customTags: withoutMerge });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem)
    throw new DecodeError(`it is no YAML that we read: ${problem.message.split('\n')[0]}`);
  return safeIntegers(document.toJS());
}

let loaded: typeof import('yaml') | undefined;

/** Loaded when the first message needs it. */
function library(): typeof import('yaml') {
  loaded ??= createRequire(import.meta.url)('yaml') as typeof import('yaml');
  return loaded;
}
