import { ConfigError } from '../errors.ts';
import { fieldsOf, settingNames, settingRows } from './catalogue.ts';
import { shown } from './kinds.ts';
import {
  type ConfigSource,
  configLayer,
  environmentLayer,
  type Given,
  type Layer,
  type Origin,
  optionsLayer,
} from './layers.ts';
import type { Settings, SettingsOptions } from './settings.ts';
import { embeddedUrl } from './tables/broker.ts';

/** Where settings come from, the strongest first. */
export interface SettingsSources {
  /** From the command line. */
  readonly overrides?: SettingsOptions;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** From the program. */
  readonly options?: SettingsOptions;
  /** Config modules, loaded; the strongest first. */
  readonly configs?: readonly ConfigSource[];
}

/** One setting, its value, and who said so. */
export interface ExplainedSetting {
  /** `taskAcksLate`, or `brokerTransportOptions.leaseTimeout`. */
  readonly name: string;
  readonly value: unknown;
  /** What a bare number counts; undefined where there is nothing to count. */
  readonly unit: string | undefined;
  readonly origin: Origin;
}

/**
 * The settings that hold: command line over environment over options over config module over default, each
 * setting, and each option of one that is an object, for itself.
 * A program that says `backend: null` means that it wants no results kept, wherever it runs: the environment
 * moves a store, it does not add one. Without any broker the embedded file is broker and result backend; a
 * broker alone has no result backend.
 * @throws ConfigError that lists every problem at once.
 */
export function resolveSettings(sources: SettingsSources): Settings {
  const values = valuesOf(givenIn(sources));
  const tables = settingNames.map((name) => {
    const fields = fieldsOf(name);
    if (!fields) return [name, values.get(name)];
    const own = Object.keys(fields).map((field) => [field, values.get(`${name}.${field}`)]);
    return [name, Object.freeze(Object.fromEntries(own))];
  });
  // Every value went through its own row's parse.
  return Object.freeze(Object.fromEntries(tables)) as Settings;
}

/** The same settings, each with its origin. @throws ConfigError that lists every problem at once. */
export function explainSettings(sources: SettingsSources): readonly ExplainedSetting[] {
  const { given, problems } = givenIn(sources);
  const values = valuesOf({ given, problems });
  return [...settingRows].map(([name, { unit }]) => {
    const origin: Origin = given.get(name)?.origin ?? { kind: 'default', text: 'default' };
    return { name, value: values.get(name), unit, origin };
  });
}

interface GivenSettings {
  readonly given: Layer;
  readonly problems: string[];
}

function givenIn({ overrides, env, options, configs = [] }: SettingsSources): GivenSettings {
  const problems: string[] = [];
  const program: Layer = new Map([
    ...configs.toReversed().flatMap((config) => [...configLayer(config, problems)]),
    ...optionsLayer(options ?? {}, { kind: 'program', text: 'program' }, problems),
  ]);
  const commandLine: Origin = { kind: 'command line', text: 'command line' };
  const environment = environmentLayer(env ?? {}, problems);
  const given = new Map<string, Given>([
    ...program,
    ...withoutAddedResults(environment, program),
    ...optionsLayer(overrides ?? {}, commandLine, problems),
  ]);
  return { given, problems };
}

/** The environment without its result backend if the program wants no results kept. */
function withoutAddedResults(environment: Layer, program: Layer): Layer {
  const backend = environment.get('resultBackend');
  const isAdded = backend?.origin.kind === 'environment';
  if (!isAdded || program.get('resultBackend')?.value !== null) return environment;
  return new Map([...environment].filter(([path]) => path !== 'resultBackend'));
}

function valuesOf({ given, problems }: GivenSettings): ReadonlyMap<string, unknown> {
  const values = new Map<string, unknown>();
  for (const [path, setting] of settingRows) {
    values.set(path, setting.default);
    const own = given.get(path);
    if (!own) continue;
    const parsed = setting.parse(own.value);
    if (parsed.ok) values.set(path, parsed.value);
    else {
      const written = own.isText && setting.written ? ` ${setting.written}` : '';
      const expected = `must be ${setting.expects}${written}, got ${shown(own.value)}`;
      const place = own.origin.kind === 'config' ? ` (in ${own.origin.text})` : '';
      problems.push(`'${own.label}' ${parsed.problem ?? expected}${place}`);
    }
  }
  if (!given.has('brokerUrl') && !given.has('resultBackend')) {
    values.set('resultBackend', embeddedUrl);
  }
  problems.push(...disagreements(values));
  if (problems.length === 0) return values;
  throw new ConfigError(['invalid settings:', ...problems].join('\n  - '));
}

/** What is wrong with settings together that are right each for itself. */
function disagreements(values: ReadonlyMap<string, unknown>): string[] {
  const problems: string[] = [];
  const concurrency = values.get('workerConcurrency');
  if (values.get('workerPool') === 'solo' && Number(concurrency) > 1) {
    const given = shown(concurrency);
    problems.push(`'workerConcurrency' must be 0 or 1 for the pool 'solo', got ${given}`);
  }
  problems.push(...sharedKeys(values));
  for (const [place, urls] of Object.entries(storesOf(values))) {
    const name = `${place}.globalKeyprefix`;
    if (!values.get(name) || !urls.some(isSqlite)) continue;
    problems.push(`'${name}' is for Redis; apps that share no SQLite file need none`);
  }
  return problems;
}

/** Claims and their times need keys of their own. */
function sharedKeys(values: ReadonlyMap<string, unknown>): string[] {
  const names = ['brokerTransportOptions.unackedKey', 'brokerTransportOptions.unackedIndexKey'];
  const [unacked, index] = names.map((name) => values.get(name));
  const taken = names
    .filter((name) => /^(celeriac[.@]|_kombu\.binding\.)/.test(String(values.get(name))))
    .map(
      (name) =>
        `'${name}' must not begin as keys of other things do, got ${shown(values.get(name))}`,
    );
  if (unacked !== index) return taken;
  return [
    ...taken,
    `'${names[0]}' and '${names[1]}' must be two keys, got ${shown(index)} for both`,
  ];
}

/** The stores that options with a key prefix are for. */
function storesOf(values: ReadonlyMap<string, unknown>): Record<string, readonly unknown[]> {
  const broker = values.get('brokerUrl');
  const brokers = [values.get('brokerReadUrl') ?? broker, values.get('brokerWriteUrl') ?? broker];
  return {
    brokerTransportOptions: brokers,
    resultBackendTransportOptions: [values.get('resultBackend')],
  };
}

function isSqlite(url: unknown): boolean {
  return typeof url === 'string' && /^sqlite:/i.test(url);
}
