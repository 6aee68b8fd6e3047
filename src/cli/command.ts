import type { Celery } from '../app/index.ts';

/** 0 it worked, 1 it failed, 2 it was asked for wrongly. */
export type ExitCode = 0 | 1 | 2;

/** What a command line may say after a command's name. Its shape decides what `options` the command gets. */
export type OptionSpec =
  | OperandSpec
  | OperandsSpec
  | BooleanSpec
  | TextSpec
  | ListSpec
  | NumberSpec;

interface Described {
  /** For `--help`: small letters, no full stop. */
  readonly help: string;
}

interface Flagged extends Described {
  /** A single letter. */
  readonly short?: string;
}

interface Valued extends Flagged {
  /** How `--help` calls the value. */
  readonly value?: string;
}

/** A word without a flag; it must be there. */
export interface OperandSpec extends Described {
  readonly type: 'operand';
}

/** Any number of words without a flag, after all others; also none. */
export interface OperandsSpec extends Described {
  readonly type: 'operands';
}

/** A flag alone. */
export interface BooleanSpec extends Flagged {
  readonly type: 'boolean';
}

/** A flag with a text. */
export interface TextSpec extends Valued {
  readonly type: 'string';
  readonly multiple?: false;
  /** The only texts there may be; any case is accepted. */
  readonly choices?: readonly string[];
  /** What Celery takes there and this version does not, for the error. */
  readonly unsupported?: readonly string[];
}

/** A flag that may be repeated; its texts may also be joined by commas. */
export interface ListSpec extends Valued {
  readonly type: 'string';
  readonly multiple: true;
}

/** A flag with a number. */
export interface NumberSpec extends Valued {
  readonly type: 'number';
  readonly min: number;
  readonly isInteger?: boolean;
}

type SpecOf<Value> = [Value] extends [boolean]
  ? BooleanSpec
  : [Value] extends [readonly string[]]
    ? ListSpec | OperandsSpec
    : [Value] extends [number]
      ? NumberSpec
      : TextSpec | OperandSpec;

/**
 * One command. A list that was not given is empty, a boolean false; anything else is undefined, and its type
 * must say so.
 */
export interface Command<Options> {
  /** One word, or a group and a word: `dead list`. */
  readonly name: string;
  /** One line for `--help`. */
  readonly summary: string;
  /** Whether it makes no sense without -A; other commands then get an app with nothing but its settings. */
  readonly needsApp?: boolean;
  /** Flags of Celery's with a value that this version does not take yet, such as `--time-limit`. */
  readonly unsupported?: readonly string[];
  readonly options: { readonly [Key in keyof Options]-?: SpecOf<NonNullable<Options[Key]>> };
  readonly run: (context: CommandContext<Options>) => Promise<ExitCode>;
}

/** Any command, whatever its options. */
export interface AnyCommand extends Omit<Command<never>, 'options'> {
  readonly options: Readonly<Record<string, OptionSpec>>;
}

/** What a command is run with. */
export interface CommandContext<Options> {
  /** The app that -A means, or the first of its module's. */
  readonly app: Celery;
  /** All apps of the module, `app` first. */
  readonly apps: readonly [Celery, ...Celery[]];
  /** As given with -A; undefined without it. */
  readonly module: string | undefined;
  readonly io: Io;
  readonly signals: Signals;
  /** --quiet: say only what was asked for. */
  readonly isQuiet: boolean;
  readonly options: Options;
}

/** Where a command speaks and asks. */
export interface Io {
  /** A line, or several, for whoever asked: standard output. */
  print(text: string): void;
  /** Bytes as they are, and nothing after them. */
  printBytes(bytes: Uint8Array): void;
  /** A line about what is wrong: standard error. */
  problem(text: string): void;
  /** Asks for yes or no. Only on a terminal: see `canAsk`. */
  confirm(question: string): Promise<boolean>;
  /** Whether there is somebody to ask. */
  readonly canAsk: boolean;
  /** Columns of the output; undefined if it is no terminal, and nothing is to be decorated. */
  readonly width: number | undefined;
  readonly hasColor: boolean;
}

/** SIGINT and SIGTERM, for commands that run until they are told to stop. */
export interface Signals {
  /** @returns what ends the listening. */
  listen(handler: (signal: NodeJS.Signals) => void): () => void;
}
