import { types } from 'node:util';
import { type ArgumentIssue, ArgumentsInvalidError } from '../errors.ts';
import type { ArgsSchema, SchemaIssue, StandardSchema, Validation } from './schema.ts';

/** Whose arguments are held against a schema. */
export interface ValidationTarget {
  readonly task: string;
  readonly schema: ArgsSchema;
  /** The name of a parameter, for paths; undefined if it has none that is known. */
  readonly nameOf: (index: number) => string | undefined;
}

type Verdict = Validation<unknown>;

/**
 * What a function gets in place of the arguments of a message: the output of its schemas. A promise only if a
 * schema answers with one.
 * @throws ArgumentsInvalidError with every problem; it, too, as a rejection
 */
export function validateArguments(
  target: ValidationTarget,
  args: readonly unknown[],
): readonly unknown[] | Promise<readonly unknown[]> {
  const { schema } = target;
  if (!isList(schema)) {
    const verdict = schema['~standard'].validate([...args]);
    return later(verdict, (settled) => accept(target, args, settled));
  }
  const verdicts = schema.map((each, index) => each['~standard'].validate(args[index]));
  const isPending = verdicts.some((verdict) => types.isPromise(verdict));
  return later(isPending ? Promise.all(verdicts) : (verdicts as Verdict[]), (settled) =>
    accept(target, args, joined(settled, args.length)),
  );
}

function isList(schema: ArgsSchema): schema is readonly StandardSchema<unknown, unknown>[] {
  return Array.isArray(schema);
}

function later<Value, Result>(
  value: Value | Promise<Value>,
  then: (value: Value) => Result,
): Result | Promise<Result> {
  return types.isPromise(value) ? (value as Promise<Value>).then(then) : then(value as Value);
}

/** One verdict on all arguments, from those on each. */
function joined(verdicts: readonly Verdict[], given: number): Verdict {
  const issues = verdicts.flatMap(({ issues = [] }, index) =>
    issues.map(({ message, path = [] }) => ({ message, path: [index, ...path] })),
  );
  if (given > verdicts.length) {
    const message = `one too many; at most ${verdicts.length}`;
    issues.push({ message, path: [verdicts.length] });
  }
  if (issues.length > 0) return { issues };
  return { value: verdicts.map((verdict) => ('value' in verdict ? verdict.value : undefined)) };
}

function accept(
  target: ValidationTarget,
  args: readonly unknown[],
  verdict: Verdict,
): readonly unknown[] {
  if (verdict.issues) {
    const issues = verdict.issues.map((issue) => described(issue, args, target.nameOf));
    throw new ArgumentsInvalidError(target.task, issues);
  }
  if (Array.isArray(verdict.value)) return verdict.value;
  throw new TypeError(`the schema of task '${target.task}' made no array of its arguments`);
}

function described(
  { message, path = [] }: SchemaIssue,
  args: readonly unknown[],
  nameOf: ValidationTarget['nameOf'],
): ArgumentIssue {
  const keys = path.map((part) => (typeof part === 'object' ? part.key : part));
  return { path: pathText(keys, nameOf), message: withoutValue(message, valueAt(args, keys)) };
}

/** `order.lines[0].price`, with the parameter's name in front; `args[1]` if it has none. */
function pathText(keys: readonly PropertyKey[], nameOf: ValidationTarget['nameOf']): string {
  const [first, ...others] = keys;
  if (first === undefined) return 'args';
  const start = nameOf(Number(first)) ?? `args[${String(first)}]`;
  return others.reduce<string>((text, key) => {
    const isName = typeof key === 'string' && /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key);
    if (isName) return `${text}.${key}`;
    return `${text}[${typeof key === 'string' ? JSON.stringify(key) : String(key)}]`;
  }, start);
}

function valueAt(value: unknown, keys: readonly PropertyKey[]): unknown {
  return keys.reduce<unknown>((within, key) => {
    if (typeof within !== 'object' || within === null) return undefined;
    return (within as Readonly<Record<PropertyKey, unknown>>)[key];
  }, value);
}

/** Some libraries quote the value that is wrong; it may be a secret, and messages end in logs and stores. */
function withoutValue(message: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') {
    const quoted = [JSON.stringify(value), `"${value}"`, `'${value}'`];
    const forms = value.length < 4 ? quoted : [...quoted, value];
    return forms.reduce((text, form) => text.replaceAll(form, '…'), message);
  }
  if (typeof value !== 'number' && typeof value !== 'bigint') return message;
  const form = String(value).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return message.replace(new RegExp(`(?<![\\w.])${form}n?(?![\\w.])`, 'g'), '…');
}
