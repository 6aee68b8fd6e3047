import { inspect } from 'node:util';
import { type ExplainedSetting, findPath } from '../../config/index.ts';
import { ConfigError } from '../../errors.ts';
import { escapeControls, redactValue } from '../../util/index.ts';
import type { Command } from '../command.ts';

/** What `config` takes. */
export interface ConfigFlags {
  readonly names: readonly string[];
  readonly changed: boolean;
  readonly json: boolean;
}

/** Prints settings, and where each value is from. */
export const config: Command<ConfigFlags> = {
  name: 'config',
  summary: 'Print settings with their values and where those are from, without passwords.',
  options: {
    names: { type: 'operands', help: 'settings to print, in any spelling; default: all' },
    changed: { type: 'boolean', help: 'only what is not the default' },
    json: { type: 'boolean', help: 'print JSON' },
  },
  async run({ app, io, options }) {
    const paths = options.names.map(pathOf);
    const lines = app
      .explainSettings()
      .filter(({ origin }) => !options.changed || origin.kind !== 'default')
      .filter(({ name }) => paths.length === 0 || paths.some((path) => isWithin(name, path)))
      .map(shownSetting);
    if (options.json) io.print(JSON.stringify(lines, null, 2));
    else if (lines.length > 0) io.print(asText(lines));
    return 0;
  },
};

function pathOf(spelling: string): string {
  const found = findPath(spelling);
  if (found.path === undefined) throw new ConfigError(found.problem);
  return found.path;
}

/** Whether a setting is the one that is meant, or an option inside it. */
function isWithin(name: string, path: string): boolean {
  return name === path || name.startsWith(`${path}.`);
}

interface Shown {
  readonly name: string;
  readonly value: unknown;
  readonly unit: string | null;
  /** A variable, the path of a config module, 'program', 'command line' or 'default'. */
  readonly from: string;
  readonly kind: string;
}

function shownSetting({ name, value, unit, origin }: ExplainedSetting): Shown {
  const { kind, text } = origin;
  return { name, value: redactValue(value, name), unit: unit ?? null, from: text, kind };
}

const widestValue = 40;

function asText(lines: readonly Shown[]): string {
  const values = lines.map(({ value, unit }) => {
    const text = inspect(value, { breakLength: Number.POSITIVE_INFINITY, depth: null });
    return escapeControls(unit !== null && typeof value === 'number' ? `${text} ${unit}` : text);
  });
  const nameWidth = Math.max(...lines.map(({ name }) => name.length));
  const valueWidth = Math.min(widestValue, Math.max(...values.map((value) => value.length)));
  return lines
    .map(({ name, from }, index) => {
      const value = values[index] ?? '';
      return `${name.padEnd(nameWidth)}  ${value.padEnd(valueWidth)}  ${from}`;
    })
    .join('\n');
}
