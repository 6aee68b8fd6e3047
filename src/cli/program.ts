import { Command as CommanderCommand, CommanderError } from 'commander';
import { CeleriacError, ConfigError } from '../errors.ts';
import { type AppFlags, openApps, type Surroundings } from './apps.ts';
import type { AnyCommand, CommandContext, ExitCode, Io, Signals } from './command.ts';
import { call } from './commands/call.ts';
import { config } from './commands/config.ts';
import { deadList } from './commands/dead-list.ts';
import { deadPurge } from './commands/dead-purge.ts';
import { deadRedrive } from './commands/dead-redrive.ts';
import { deadShow } from './commands/dead-show.ts';
import { purge } from './commands/purge.ts';
import { report } from './commands/report.ts';
import { result } from './commands/result.ts';
import { worker } from './commands/worker.ts';
import { declareOptions, readOptions } from './options.ts';
import { ownVersion } from './version.ts';

/** What surrounds a run: the process, or a test. */
export interface Host extends Surroundings {
  readonly signals: Signals;
  /** @param allowColor - false for --no-color. */
  readonly openIo: (allowColor: boolean) => Io;
  /** Stands in for loading the apps. */
  readonly openApps?: typeof openApps;
}

const dead: readonly AnyCommand[] = [deadList, deadShow, deadRedrive, deadPurge];
const commands: readonly AnyCommand[] = [worker, call, result, purge, ...dead, config, report];

/** Commands whose name is of two words are below one of these. */
const groups: Readonly<Record<string, string>> = {
  dead: 'Look at the messages that workers have given up, put them back, or delete them.',
};

type GlobalFlags = AppFlags & Readonly<{ quiet?: boolean; color: boolean }>;

/**
 * Runs one command line.
 * @param args - the words after the program's name.
 */
export async function runCli(
  args: readonly string[],
  host: Host,
  known: readonly AnyCommand[] = commands,
): Promise<ExitCode> {
  let io = host.openIo(!args.includes('--no-color'));
  let code: ExitCode = 0;
  const program = globalProgram(() => io);
  for (const command of known) {
    const target = placeFor(command.name, program).description(command.summary);
    declareOptions(target, command);
    target.action(async () => {
      const flags = program.opts<GlobalFlags>();
      io = host.openIo(flags.color);
      code = await execute(command, { target, flags, host, io });
    });
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    return failureCode(error, io);
  }
}

/** @returns commander's own part of a command, in its group if it has one */
function placeFor(name: string, program: CommanderCommand): CommanderCommand {
  const [first = '', second] = name.split(' ');
  if (second === undefined) return program.command(first);
  const known = program.commands.find((each) => each.name() === first);
  const group = known ?? program.command(first).description(groups[first] ?? '');
  return group.command(second);
}

function globalProgram(io: () => Io): CommanderCommand {
  return new CommanderCommand('celeriac')
    .description('Celery for TypeScript: run workers, send tasks, look at results.')
    .option('-A, --app <module>', "module of the app: 'tasks', './src/tasks.ts' or 'tasks.ts:app'")
    .option('-b, --broker <url>', 'broker; overrides CELERY_BROKER_URL and the program')
    .option('--result-backend <url>', 'result backend; overrides CELERY_RESULT_BACKEND likewise')
    .option('--config <module>', 'module of settings; weaker than what the program says itself')
    .option('--set <name=value>', 'a setting, stronger than all else; repeatable', repeated)
    .option('--workdir <folder>', 'folder to change to first')
    .option('-q, --quiet', 'say only what was asked for')
    .option('--no-color', 'write no colours')
    .version(ownVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'print this')
    .showHelpAfterError("see 'celeriac --help'")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io().print(text.trimEnd()),
      writeErr: (text) => io().problem(text.trimEnd()),
      getOutHelpWidth: () => io().width ?? 100,
      getErrHelpWidth: () => io().width ?? 100,
      getOutHasColors: () => io().hasColor,
      getErrHasColors: () => io().hasColor,
    });
}

function repeated(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

interface Run {
  readonly target: CommanderCommand;
  readonly flags: GlobalFlags;
  readonly host: Host;
  readonly io: Io;
}

async function execute(command: AnyCommand, { target, flags, host, io }: Run): Promise<ExitCode> {
  if (command.needsApp && flags.app === undefined) {
    throw new ConfigError(
      `'${command.name}' needs -A, the module with your tasks: celeriac -A tasks.ts ${command.name}`,
    );
  }
  const apps = await (host.openApps ?? openApps)(flags, host);
  const context: CommandContext<Record<string, unknown>> = {
    app: apps[0],
    apps,
    module: flags.app,
    io,
    signals: host.signals,
    isQuiet: flags.quiet ?? false,
    options: readOptions(target, command),
  };
  try {
    // The options were read by the command's own table, which is as good as its type.
    return await command.run(context as CommandContext<never>);
  } finally {
    await Promise.all(apps.map((app) => app.close()));
  }
}

/** Says what went wrong, unless commander has said it. */
function failureCode(error: unknown, io: Io): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof CeleriacError) {
    io.problem(`error: ${error.message}`);
    return error instanceof ConfigError ? 2 : 1;
  }
  io.problem(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return 1;
}
