import { isatty } from 'node:tty';
import { type LogFields, type LogLevel, logLevels } from './log-levels.ts';
import { jsonSink, type LogStream, type Sink, textSink } from './log-sinks.ts';
import { type Clock, systemClock } from './time.ts';

type Write = (message: string, fields?: LogFields) => void;

/** Writes lines for people on a terminal, JSON for machines elsewhere. Its functions may be passed on alone. */
export interface Logger {
  readonly debug: Write;
  readonly info: Write;
  readonly warning: Write;
  readonly error: Write;
  readonly critical: Write;
  /** A logger whose lines carry these fields too. It shares its parent's level. */
  readonly child: (bindings: LogFields) => Logger;
  /** Whether a line of this level is written; ask before building a costly message. */
  readonly isEnabled: (level: LogLevel) => boolean;
  /** Changes the level of this logger, its parents and its children. */
  readonly setLevel: (level: LogLevel) => void;
}

/** How a logger is made. */
export interface LoggerOptions {
  readonly level: LogLevel;
  /** The process or thread that speaks, such as `thread-1`; default `MainProcess`. */
  readonly name?: string;
  /** Default: standard error, written synchronously, also from a worker thread. */
  readonly stream?: LogStream;
  /** `auto`, the default: text on a terminal, JSON elsewhere. */
  readonly format?: 'auto' | 'text' | 'json';
  /** Whether text shows warnings and errors in colour; default: on a terminal, unless NO_COLOR is set. */
  readonly color?: boolean;
  readonly clock?: Clock;
}

/** What a logger and its children have in common. */
interface Shared {
  rank: number;
  readonly sink: Sink;
}

/**
 * A logger. What it writes has passwords in URLs replaced by `***`, and control characters escaped, so that
 * no message can forge a line or drive a terminal. It opens and loads nothing before its first line.
 */
export function createLogger(options: LoggerOptions): Logger {
  const { name = 'MainProcess', format = 'auto', clock = systemClock, stream } = options;
  const isTerminal = stream ? stream.isTTY === true : isatty(2);
  const color = options.color ?? (isTerminal && !process.env.NO_COLOR);
  const isText = format === 'text' || (format === 'auto' && isTerminal);
  const sink = isText
    ? textSink({ name, stream, clock, color })
    : jsonSink({ name, stream, clock });
  return loggerOver({ rank: logLevels.indexOf(options.level), sink }, {});
}

function loggerOver(shared: Shared, bindings: LogFields): Logger {
  const isEnabled = (level: LogLevel) => logLevels.indexOf(level) >= shared.rank;
  const writer =
    (level: LogLevel): Write =>
    (message, fields) => {
      if (!isEnabled(level)) return;
      const all = fields ? { ...bindings, ...fields } : bindings;
      shared.sink({ level, message: String(message), fields: all });
    };
  return {
    debug: writer('DEBUG'),
    info: writer('INFO'),
    warning: writer('WARNING'),
    error: writer('ERROR'),
    critical: writer('CRITICAL'),
    child: (more) => loggerOver(shared, { ...bindings, ...more }),
    isEnabled,
    setLevel: (level) => {
      shared.rank = logLevels.indexOf(level);
    },
  };
}
