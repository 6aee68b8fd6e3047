import { ConfigError } from '../errors.ts';
import { fieldsOf, findField, findPath, settingRows } from './catalogue.ts';
import { isRecord, jsonIn } from './kinds.ts';
import { celeryVariables, commandLineVariable } from './layers.ts';
import { resolveSettings } from './resolve.ts';
import type { SettingsOptions } from './settings.ts';
import { variableOf } from './spellings.ts';

/** The process's environment, or what stands for it. */
export type Environment = Record<string, string | undefined>;

/**
 * Puts what the command line says of settings into the environment, where this process and every executor read
 * it, and notes there which settings they are, so that they are the strongest.
 * @param assignments - `name=value` with a name in any spelling, nested options with a dot; the last word counts.
 * @throws ConfigError, and nothing is changed.
 */
export function setFromCommandLine(assignments: readonly string[], env: Environment): void {
  const texts = new Map(assignments.map(pathAndText));
  resolveSettings({ overrides: asOptions(texts) });
  delete env[commandLineVariable]; // of a command that this one was started by
  for (const [path, text] of texts) {
    const [name = '', field] = path.split('.');
    if (field !== undefined) mergeFields(env, name, { [field]: readText(path, text) });
    else if (fieldsOf(name) === undefined) setVariable(env, name, text);
    else mergeFields(env, name, asRecord(jsonIn(text)));
  }
  const paths = [...texts].flatMap(([path, text]) => pathsIn(path, text));
  if (paths.length > 0) env[commandLineVariable] = [...new Set(paths)].join(',');
}

function pathAndText(assignment: string): readonly [path: string, text: string] {
  const [, spelling = '', text = ''] = /^([^=]*)=(.*)$/s.exec(assignment) ?? [];
  if (spelling === '' || text === '') {
    throw new ConfigError(
      "--set takes name=value, such as '--set taskAcksLate=false', and the value must not be empty",
    );
  }
  const found = findPath(spelling.trim());
  if (found.path === undefined) throw new ConfigError(`--set: ${found.problem}`);
  return [found.path, text];
}

function asOptions(texts: ReadonlyMap<string, string>): SettingsOptions {
  const options: Record<string, unknown> = {};
  for (const [path, text] of texts) {
    const [name = '', field] = path.split('.');
    const value = readText(path, text);
    const before = options[name];
    options[name] = field === undefined ? value : { ...asRecord(before), [field]: value };
  }
  return options as SettingsOptions;
}

function readText(path: string, text: string): unknown {
  const row = settingRows.get(path);
  return row === undefined ? jsonIn(text) : row.fromText(text);
}

/** Celery's own variable where there is one, as programs read that, too; no other name of it may differ. */
function setVariable(env: Environment, name: string, text: string): void {
  const [celerys] = Object.entries(celeryVariables).find(([, setting]) => setting === name) ?? [];
  if (celerys !== undefined) delete env[variableOf(name)];
  env[celerys ?? variableOf(name)] = text;
}

function mergeFields(env: Environment, name: string, values: Readonly<Record<string, unknown>>) {
  const variable = variableOf(name);
  const before = Object.entries(asRecord(jsonIn(env[variable] ?? '{}')));
  const merged = new Map(
    [...before, ...Object.entries(values)].map(([label, value]) => [
      findField(name, label) ?? label,
      value,
    ]),
  );
  env[variable] = JSON.stringify(Object.fromEntries(merged));
}

function pathsIn(path: string, text: string): string[] {
  if (fieldsOf(path) === undefined) return [path];
  return Object.keys(asRecord(jsonIn(text))).map((label) => `${path}.${findField(path, label)}`);
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}
