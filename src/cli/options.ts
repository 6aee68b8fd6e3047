import { type Command as CommanderCommand, InvalidArgumentError, Option } from 'commander';
import type {
  AnyCommand,
  NumberSpec,
  OperandSpec,
  OperandsSpec,
  OptionSpec,
  TextSpec,
} from './command.ts';

/** Tells commander what a command takes. */
export function declareOptions(
  target: CommanderCommand,
  { options, unsupported = [] }: AnyCommand,
): void {
  for (const flag of unsupported) target.addOption(refusedOption(flag));
  for (const [key, spec] of Object.entries(options)) {
    if (spec.type === 'operand') target.argument(`<${key}>`, spec.help);
    else if (spec.type === 'operands') target.argument(`[${key}...]`, spec.help);
    else target.addOption(optionOf(key, spec));
  }
}

function refusedOption(flag: string): Option {
  const refuse = () => {
    throw new InvalidArgumentError('Celery has it, this version not yet.');
  };
  return new Option(`${flag} <value>`).hideHelp().argParser(refuse);
}

/** The values of a parsed command, by the keys that it declared. */
export function readOptions(
  target: CommanderCommand,
  { options }: AnyCommand,
): Record<string, unknown> {
  const flags = target.opts();
  const operands = [...target.processedArgs];
  const values = Object.entries(options).map(([key, spec]) => {
    if (spec.type === 'operand') return [key, operands.shift()] as const;
    if (spec.type === 'operands') return [key, operands.shift() ?? []] as const;
    return [key, flags[key] ?? unset(spec)] as const;
  });
  return Object.fromEntries(values);
}

function unset(spec: OptionSpec): unknown {
  if (spec.type === 'boolean') return false;
  return spec.type === 'string' && spec.multiple ? [] : undefined;
}

function optionOf(key: string, spec: Exclude<OptionSpec, OperandSpec | OperandsSpec>): Option {
  const long = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const flag = spec.short === undefined ? `--${long}` : `-${spec.short}, --${long}`;
  if (spec.type === 'boolean') return new Option(flag, spec.help);
  const option = new Option(`${flag} <${spec.value ?? key}>`, helpOf(spec));
  if (spec.type === 'number') return option.argParser((text) => numberOf(text, spec));
  if (spec.multiple) return option.argParser(addToList);
  return option.argParser((text) => textOf(text, spec));
}

function helpOf(spec: { readonly help: string; readonly choices?: readonly string[] }): string {
  return spec.choices === undefined ? spec.help : `${spec.help} (${spec.choices.join(', ')})`;
}

function addToList(text: string, before: unknown): string[] {
  const earlier = Array.isArray(before) ? before.map(String) : [];
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) throw new InvalidArgumentError('A name in it is empty.');
  return [...earlier, ...names];
}

function numberOf(text: string, { min, isInteger }: NumberSpec): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  const isRight = Number.isFinite(value) && value >= min && (!isInteger || Number.isInteger(value));
  if (isRight) return value;
  throw new InvalidArgumentError(`It must be a ${isInteger ? 'whole ' : ''}number from ${min}.`);
}

function textOf(text: string, { choices, unsupported }: TextSpec): string {
  if (choices === undefined) return text;
  const choice = choices.find((each) => each === text.toLowerCase());
  if (choice !== undefined) return choice;
  const reason = unsupported?.includes(text) ? 'Celery has it, this version not yet. ' : '';
  throw new InvalidArgumentError(`${reason}It must be one of ${choices.join(', ')}.`);
}
