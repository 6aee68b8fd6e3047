import { isDeepStrictEqual } from 'node:util';
import {
  fieldsOf,
  findField,
  findSetting,
  settingOfVariable,
  settingRows,
  strangeField,
  strangeSetting,
  strangeVariable,
} from './catalogue.ts';
import { isRecord, jsonIn, shown } from './kinds.ts';

/** Where the value of a setting comes from. */
export interface Origin {
  readonly kind: 'default' | 'config' | 'program' | 'environment' | 'command line';
  /** For people: the variable's name, the config module's path, or the kind. */
  readonly text: string;
}

/** A value that was given, and what the giver called it. */
export interface Given {
  readonly value: unknown;
  readonly label: string;
  readonly origin: Origin;
  /** Whether `value` was read from a text. */
  readonly isText?: boolean;
}

/** What one source says, by the path of each setting. */
export type Layer = ReadonlyMap<string, Given>;

/** Settings as a config module, or an object in the place of one, holds them. */
export interface ConfigSource {
  readonly values: object;
  /** The module's path, or what else people know it by. */
  readonly from: string;
  /** With 'CELERY' only names such as CELERY_TASK_ACKS_LATE are settings, and others are the program's own. */
  readonly namespace?: string | undefined;
}

/** Collects what one source says, and what is wrong with it. */
class LayerReader {
  readonly layer = new Map<string, Given>();
  readonly #problems: string[];

  constructor(problems: string[]) {
    this.#problems = problems;
  }

  /** A setting by its own name; one that is an object is taken apart. */
  add(name: string, given: Given): void {
    const fields = fieldsOf(name);
    if (given.value === undefined) return;
    if (!fields) this.#set(name, given);
    else if (isRecord(given.value)) this.#addFields(name, given, given.value);
    else this.#problems.push(`'${given.label}' must be an object, got ${shown(given.value)}`);
  }

  #addFields(name: string, given: Given, values: Readonly<Record<string, unknown>>): void {
    for (const [label, value] of Object.entries(values)) {
      const field = findField(name, label);
      if (field === undefined) this.#problems.push(strangeField(name, label));
      else if (value !== undefined) {
        this.#set(`${name}.${field}`, {
          ...{ value, label: `${given.label}.${label}`, origin: given.origin },
        });
      }
    }
  }

  #set(path: string, given: Given): void {
    const other = this.layer.get(path);
    if (other && !isDeepStrictEqual(other.value, given.value)) {
      this.#problems.push(
        `'${given.label}' and '${other.label}' are one setting and differ; give one of them`,
      );
    }
    this.layer.set(path, given);
  }
}

/** What an object of settings says; every name in it must be one, in any of Celery's spellings. */
export function optionsLayer(options: object, origin: Origin, problems: string[]): Layer {
  const reader = new LayerReader(problems);
  for (const [label, value] of Object.entries(options)) {
    const name = findSetting(label);
    if (name === undefined) problems.push(strangeSetting(label));
    else reader.add(name, { value, label, origin });
  }
  return reader.layer;
}

/**
 * What a config module says. Its own helpers are left alone: names that begin with '_', functions that are no
 * setting, and with a namespace whatever does not begin with it. Anything else must be a setting.
 */
export function configLayer({ values, from, namespace }: ConfigSource, problems: string[]): Layer {
  const reader = new LayerReader(problems);
  const origin: Origin = { kind: 'config', text: from };
  for (const [label, value] of Object.entries(values)) {
    if (label.startsWith('_')) continue;
    const bare = namespace === undefined ? label : withoutPrefix(label, namespace);
    if (bare === undefined) continue;
    const name = findSetting(bare) ?? findSetting(label);
    if (name !== undefined) reader.add(name, { value, label, origin });
    else if (typeof value !== 'function') problems.push(`${strangeSetting(label)} (in ${from})`);
  }
  return reader.layer;
}

/** `CELERY_TASK_ACKS_LATE` in the namespace CELERY -> `task_acks_late`. Source: `set_prefix` in Celery's `Settings`. */
function withoutPrefix(label: string, namespace: string): string | undefined {
  const prefix = namespace.endsWith('_') ? namespace : `${namespace}_`;
  if (!label.startsWith(prefix)) return undefined;
  const rest = label.slice(prefix.length);
  return /[a-z]/.test(rest) ? rest : rest.toLowerCase();
}

/** Celery's own variables. Source: the properties of `Settings` in Celery's `app/utils.py`. */
export const celeryVariables: Readonly<Record<string, string>> = {
  CELERY_BROKER_URL: 'brokerUrl',
  CELERY_BROKER_READ_URL: 'brokerReadUrl',
  CELERY_BROKER_WRITE_URL: 'brokerWriteUrl',
  CELERY_RESULT_BACKEND: 'resultBackend',
};

/** Names the settings, joined by commas, whose variables the command line has set: for its own executors. */
export const commandLineVariable = 'CELERIAC_COMMAND_LINE';

/** Variables that are no settings. */
const otherVariables: ReadonlySet<string> = new Set([
  commandLineVariable,
  'CELERIAC_TUTORIAL_STORE', // a file of examples/tutorial
]);

/** What the environment says. An empty variable counts as not set. */
export function environmentLayer(
  env: Readonly<Record<string, string | undefined>>,
  problems: string[],
): Layer {
  const reader = new LayerReader(problems);
  const fromCommandLine = new Set(env[commandLineVariable]?.split(','));
  for (const [variable, text] of Object.entries(env)) {
    const celerys = celeryVariables[variable];
    const isOurs = variable.startsWith('CELERIAC_') && !otherVariables.has(variable);
    if (!text || (celerys === undefined && !isOurs)) continue;
    const name = celerys ?? settingOfVariable(variable);
    if (name === undefined) problems.push(strangeVariable(variable));
    else if (celerys === undefined || settingRows.has(name)) {
      const fromText = settingRows.get(name)?.fromText ?? jsonIn;
      const origin: Origin = { kind: 'environment', text: variable };
      reader.add(name, { value: fromText(text), label: variable, origin, isText: true });
    }
  }
  for (const [path, given] of reader.layer) {
    if (!fromCommandLine.has(path)) continue;
    reader.layer.set(path, { ...given, origin: { kind: 'command line', text: 'command line' } });
  }
  return reader.layer;
}
