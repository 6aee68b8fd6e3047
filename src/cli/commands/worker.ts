import { ConfigError } from '../../errors.ts';
import { createLogger, findLogLevel, type Logger } from '../../util/index.ts';
import type { Worker, WorkerOptions } from '../../worker/index.ts';
import { formatBanner } from '../banner.ts';
import type { Command, CommandContext, ExitCode } from '../command.ts';
import { expandNodeName } from '../node-name.ts';
import { refuseMemory } from '../shared-stores.ts';

/** What `worker` takes. */
export interface WorkerFlags {
  readonly queues: readonly string[];
  readonly excludeQueues: readonly string[];
  readonly concurrency: number | undefined;
  readonly pool: string | undefined;
  readonly loglevel: string | undefined;
  readonly hostname: string | undefined;
  readonly include: readonly string[];
}

/** The part of a worker that the command drives. */
export type DrivenWorker = Pick<Worker, 'start' | 'stop' | 'banner' | 'finished'>;

/** @param open - makes the worker; tests hand in one that runs nothing. */
export function workerCommand(
  open: (options: WorkerOptions) => Promise<DrivenWorker> = openWorker,
): Command<WorkerFlags> {
  return {
    name: 'worker',
    summary: 'Run tasks until it is told to stop: once to finish what runs, twice to hurry.',
    needsApp: true,
    unsupported: ['--time-limit', '--soft-time-limit'],
    options: {
      queues: {
        type: 'string',
        short: 'Q',
        multiple: true,
        value: 'names',
        help: 'queues to serve, joined by commas; default: all of the setting taskQueues, or taskDefaultQueue',
      },
      excludeQueues: {
        type: 'string',
        short: 'X',
        multiple: true,
        value: 'names',
        help: 'queues not to serve, of those it would',
      },
      concurrency: {
        type: 'number',
        short: 'c',
        value: 'count',
        min: 0,
        isInteger: true,
        help: 'tasks to run at once; default: the setting workerConcurrency',
      },
      pool: {
        type: 'string',
        short: 'P',
        value: 'kind',
        choices: ['threads', 'async', 'solo'],
        unsupported: ['prefork', 'processes', 'eventlet', 'gevent', 'custom'],
        help: 'what runs them; default: the setting workerPool',
      },
      loglevel: {
        type: 'string',
        short: 'l',
        value: 'level',
        choices: ['debug', 'info', 'warning', 'error', 'critical'],
        help: 'the least urgent lines to log; default: info',
      },
      hostname: {
        type: 'string',
        short: 'n',
        value: 'name',
        help: 'node name; %h is the host, %n its first label, %d the rest',
      },
      include: {
        type: 'string',
        short: 'I',
        multiple: true,
        value: 'modules',
        help: 'more task modules to load, joined by commas; see the settings imports and include',
      },
    },
    run: (context) => runWorker(context, open),
  };
}

/** As the program has it. */
export const worker = workerCommand();

async function openWorker(options: WorkerOptions): Promise<DrivenWorker> {
  const { Worker } = await import('../../worker/index.ts');
  return new Worker(options);
}

async function runWorker(
  context: CommandContext<WorkerFlags>,
  open: (options: WorkerOptions) => Promise<DrivenWorker>,
): Promise<ExitCode> {
  refuseMemory('worker', context.app.settings);
  const level = findLogLevel(context.options.loglevel ?? 'info') ?? 'INFO';
  const logger = createLogger({ level, ...(context.io.hasColor ? {} : { color: false }) });
  const driven = await open({ ...workerOptions(context), logLevel: level, logger });
  let isStopping = false;
  const end = context.signals.listen((signal) => {
    logger.warning(isStopping ? `${signal} again: waiting no longer` : stopLine(signal));
    isStopping = true;
    driven.stop().catch((error: unknown) => logger.error(`stopping failed: ${error}`));
  });
  try {
    await driven.start();
    if (!isStopping) announce(context, driven, logger);
    await driven.finished;
    return 0;
  } catch (error) {
    // A worker that is stopped while it still tries to connect did what it was told.
    if (isStopping) return 0;
    throw error;
  } finally {
    end();
  }
}

function stopLine(signal: string): string {
  return `${signal}: taking no more tasks, finishing those that run; once more to hurry`;
}

function announce(
  { io, isQuiet }: CommandContext<WorkerFlags>,
  { banner }: DrivenWorker,
  logger: Logger,
): void {
  if (!isQuiet) io.print(formatBanner(banner, io));
  logger.info(`${banner.nodeName} ready`);
}

function workerOptions({
  app,
  apps,
  module,
  options,
}: CommandContext<WorkerFlags>): Omit<WorkerOptions, 'logger' | 'logLevel'> {
  const { queues, excludeQueues, concurrency, pool, hostname, include } = options;
  if (module === undefined) throw new ConfigError('worker needs -A');
  const kind = (['threads', 'async', 'solo'] as const).find((each) => each === pool);
  const isSolo = (kind ?? app.settings.workerPool) === 'solo';
  if (isSolo && concurrency !== undefined && concurrency > 1) {
    throw new ConfigError(
      `the pool 'solo' runs one task at a time, so '--concurrency ${concurrency}' cannot be; use 'threads' or 'async'`,
    );
  }
  return {
    apps,
    module,
    ...(queues.length > 0 ? { queues } : {}),
    ...(excludeQueues.length > 0 ? { excludeQueues } : {}),
    ...(include.length > 0 ? { include } : {}),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(kind === undefined ? {} : { pool: kind }),
    ...(hostname === undefined ? {} : { nodeName: expandNodeName(hostname) }),
  };
}
