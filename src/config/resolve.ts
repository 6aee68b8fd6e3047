import { ConfigError } from '../errors.ts';
import { nearest } from '../util/index.ts';
import { camelCased, unsupportedSettings, unsupportedTransportOptions } from './celery-names.ts';
import { type Setting, shown } from './kinds.ts';
import { type Settings, type SettingsOptions, settingTable } from './settings.ts';
import { embeddedUrl } from './tables/broker.ts';
import { transportOptionTable } from './tables/transport-options.ts';

/** Where settings come from, the strongest first. */
export interface SettingsSources {
  /** From the command line. */
  readonly overrides?: SettingsOptions;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** From the program. */
  readonly options?: SettingsOptions;
}

/** The short names that `new Celery()` takes, as Celery's does. */
const aliases: Readonly<Record<string, string>> = { broker: 'brokerUrl', backend: 'resultBackend' };

/** Celery's own variables; an empty one counts as not set. */
const variables: Readonly<Record<string, string>> = {
  CELERY_BROKER_URL: 'brokerUrl',
  CELERY_RESULT_BACKEND: 'resultBackend',
};

/** A value that was given, and what the giver called it. */
interface Given {
  readonly value: unknown;
  readonly label: string;
}

/**
 * The settings that hold: command line over environment over options over default.
 * A program that says `backend: null` means that it wants no results kept, wherever it runs: the environment
 * moves a store, it does not add one. Without any broker the embedded file is broker and result backend; a
 * broker alone has no result backend.
 * @throws ConfigError that lists every problem at once.
 */
export function resolveSettings({ overrides, env, options }: SettingsSources): Settings {
  const problems: string[] = [];
  const fromProgram = givenIn(options ?? {}, problems);
  const given = new Map<string, Given>([
    ...fromProgram,
    ...givenByEnvironment(env ?? {}),
    ...withoutResults(fromProgram),
    ...givenIn(overrides ?? {}, problems),
  ]);
  const transport = given.get('brokerTransportOptions');
  given.delete('brokerTransportOptions');
  const brokerTransportOptions = nested(transport, problems);
  const values = valuesOf(settingTable, given, problems);
  if (!given.has('brokerUrl') && !given.has('resultBackend')) values.resultBackend = embeddedUrl;
  if (values.workerPool === 'solo' && Number(values.workerConcurrency) > 1) {
    const came = shown(values.workerConcurrency);
    problems.push(`'workerConcurrency' must be 0 or 1 for the pool 'solo', got ${came}`);
  }
  if (problems.length > 0) {
    throw new ConfigError(['invalid settings:', ...problems].join('\n  - '));
  }
  // Every value went through its own row's parse.
  return Object.freeze({ ...values, brokerTransportOptions }) as unknown as Settings;
}

function givenIn(options: object, problems: string[]): Map<string, Given> {
  const found = new Map<string, Given>();
  const known = [...Object.keys(settingTable), 'brokerTransportOptions'];
  for (const [label, value] of Object.entries(options)) {
    const key = Object.hasOwn(aliases, label) ? (aliases[label] ?? label) : label;
    if (!known.includes(key)) {
      problems.push(strange(label, [...known, ...Object.keys(aliases)], unsupportedSettings));
      continue;
    }
    if (value === undefined) continue;
    const other = found.get(key);
    if (other && other.value !== value) {
      problems.push(`'${label}' and '${other.label}' are one setting and differ; give one of them`);
    }
    found.set(key, { value, label });
  }
  return found;
}

/** The program's word that no results are kept; nothing if it did not say so. */
function withoutResults(fromProgram: ReadonlyMap<string, Given>): [string, Given][] {
  const backend = fromProgram.get('resultBackend');
  return backend?.value === null ? [['resultBackend', backend]] : [];
}

function givenByEnvironment(env: NonNullable<SettingsSources['env']>): Map<string, Given> {
  const found = new Map<string, Given>();
  for (const [variable, key] of Object.entries(variables)) {
    const value = env[variable];
    if (value) found.set(key, { value, label: variable });
  }
  return found;
}

/** The transport's options have a table of their own, and the same rules. */
function nested(given: Given | undefined, problems: string[]): Readonly<Record<string, unknown>> {
  const fields = new Map<string, Given>();
  const value = given?.value ?? {};
  const isTable = typeof value === 'object' && !Array.isArray(value);
  if (!isTable) problems.push(`'${given?.label}' must be an object, got ${shown(value)}`);
  const path = 'brokerTransportOptions.';
  for (const [key, field] of Object.entries(isTable ? value : {})) {
    if (!Object.hasOwn(transportOptionTable, key)) {
      const known = Object.keys(transportOptionTable);
      problems.push(strange(key, known, unsupportedTransportOptions, path));
    } else if (field !== undefined) {
      fields.set(key, { value: field, label: `${path}${key}` });
    }
  }
  return Object.freeze(valuesOf(transportOptionTable, fields, problems));
}

function valuesOf(
  table: Readonly<Record<string, Setting<unknown>>>,
  given: ReadonlyMap<string, Given>,
  problems: string[],
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries(table)) {
    values[key] = setting.default;
    const own = given.get(key);
    if (!own) continue;
    const parsed = setting.parse(own.value);
    if (parsed.ok) values[key] = parsed.value;
    else {
      const problem = parsed.problem ?? `must be ${setting.expects}, got ${shown(own.value)}`;
      problems.push(`'${own.label}' ${problem}`);
    }
  }
  return values;
}

/** The sentence about a name that is no setting. Its value may be anything, so it is not shown. */
function strange(
  key: string,
  known: readonly string[],
  unsupported: ReadonlySet<string>,
  path = '',
): string {
  const isExact = known.includes(camelCased(key));
  if (!isExact && unsupported.has(camelCased(key))) {
    return `'${path}${key}' is a setting of Celery's that is not supported yet; leave it out`;
  }
  const near = nearest(key, known);
  return `unknown setting '${path}${key}'${near ? `; did you mean '${path}${near}'?` : ''}`;
}
