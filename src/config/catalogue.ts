import { nearest } from '../util/index.ts';
import {
  unsupportedResultTransportOptions,
  unsupportedSettings,
  unsupportedTransportOptions,
} from './celery-names.ts';
import type { Setting } from './kinds.ts';
import { nestedTables, settingTable } from './settings.ts';
import { camelCased, snakeCased, spellingsOf, variableOf } from './spellings.ts';

type Rows = Readonly<Record<string, Setting<unknown>>>;
type Reasons = ReadonlyMap<string, string>;

const nested: ReadonlyMap<string, Rows> = new Map(Object.entries(nestedTables));

/** Every setting by its path: `taskAcksLate`, `brokerTransportOptions.leaseTimeout`. */
export const settingRows: ReadonlyMap<string, Setting<unknown>> = new Map([
  ...Object.entries(settingTable),
  ...[...nested].flatMap(([key, rows]) =>
    Object.entries(rows).map(([field, row]) => [`${key}.${field}`, row] as const),
  ),
]);

/** The names of all settings, those that are objects included. */
export const settingNames: readonly string[] = [...Object.keys(settingTable), ...nested.keys()];

/** The short names that `new Celery()` takes, as Celery's does. */
const aliases: ReadonlyMap<string, string> = new Map([
  ['broker', 'brokerUrl'],
  ['backend', 'resultBackend'],
]);

const bySpelling = spelled(settingNames);
const refusedBySpelling = spelled([...unsupportedSettings.keys()]);
const byVariable = new Map(settingNames.map((name) => [variableOf(name), name]));

function spelled(names: readonly string[]): ReadonlyMap<string, string> {
  return new Map(names.flatMap((name) => spellingsOf(name).map((spelling) => [spelling, name])));
}

/** The setting that a name in any spelling means; undefined if it is none. */
export function findSetting(spelling: string): string | undefined {
  return aliases.get(spelling) ?? bySpelling.get(spelling);
}

/** The setting that a variable such as `CELERIAC_TASK_ACKS_LATE` means; undefined if it is none. */
export function settingOfVariable(variable: string): string | undefined {
  return byVariable.get(variable);
}

/** What a setting that is an object may hold; undefined for a setting that is one value. */
export function fieldsOf(name: string): Rows | undefined {
  return nested.get(name);
}

/** The option of a setting that is an object, by its name in our spelling or in Kombu's. */
export function findField(name: string, spelling: string): string | undefined {
  const known = Object.keys(nested.get(name) ?? {});
  return known.find((field) => field === spelling || snakeCased(field) === spelling);
}

/**
 * The setting or nested option that a path in any spelling means.
 * @throws nothing: `problem` is the sentence about a path that means none.
 */
export function findPath(
  spelling: string,
): Readonly<{ path: string } | { path?: undefined; problem: string }> {
  const [first = '', field] = spelling.split(/\.(.*)/s);
  const name = findSetting(first);
  if (name === undefined) return { problem: strangeSetting(first) };
  if (field === undefined) return { path: name };
  const own = findField(name, field);
  return own === undefined ? { problem: strangeField(name, field) } : { path: `${name}.${own}` };
}

/** The sentence about a name that is no setting. Its value may be anything, so it is not shown. */
export function strangeSetting(label: string): string {
  const refused = refusedBySpelling.get(label);
  const reason = refused && unsupportedSettings.get(refused);
  if (reason) return `'${label}' is a setting of Celery's that ${reason}`;
  const isOld = /^[A-Z0-9_]+$/.test(label);
  const candidates = isOld
    ? [...bySpelling.keys()].filter((spelling) => /^[A-Z0-9_]+$/.test(spelling))
    : [...settingNames, ...aliases.keys()];
  return unknown(label, nearest(label, candidates));
}

/** Why options of Kombu's are none here, by the setting that has them. */
const fieldReasons: Readonly<Record<string, Reasons>> = {
  brokerTransportOptions: unsupportedTransportOptions,
  resultBackendTransportOptions: unsupportedResultTransportOptions,
};

/** The same about an option of a setting that is an object. */
export function strangeField(name: string, label: string): string {
  const reason = fieldReasons[name]?.get(camelCased(label));
  const shown = `${name}.${label}`;
  if (reason) return `'${shown}' is a setting of Celery's that ${reason}`;
  const near = nearest(label, Object.keys(nested.get(name) ?? {}));
  return unknown(shown, near && `${name}.${near}`);
}

/** The same about a variable of the environment. */
export function strangeVariable(variable: string): string {
  const reason = unsupportedSettings.get(
    camelCased(variable.slice('CELERIAC_'.length).toLowerCase()),
  );
  if (reason) return `'${variable}' is for a setting of Celery's that ${reason}`;
  const near = nearest(variable, byVariable.keys());
  const hint = near ? `did you mean '${near}'?` : "names that begin with 'CELERIAC_' are settings";
  return `unknown variable '${variable}'; ${hint}`;
}

function unknown(label: string, near: string | undefined): string {
  return `unknown setting '${label}'${near ? `; did you mean '${near}'?` : ''}`;
}
