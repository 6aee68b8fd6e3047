import { createLogger, type LogFields, type Logger, type LogLevel } from '../util/index.ts';
import { runtime } from './runtime.ts';

let ownLogger: Logger | undefined;

/**
 * A logger for task modules. In a worker it writes as the worker does, and its lines carry the name and the id of the
 * task that runs. Making one opens nothing.
 */
export function getTaskLogger(name: string): Logger {
  return loggerWith({ logger: name });
}

function loggerWith(bindings: LogFields): Logger {
  const writer = (method: Lowercase<LogLevel>) => (message: string, fields?: LogFields) => {
    const logger = surroundingLogger();
    if (logger.isEnabled(upper(method)))
      logger[method](message, { ...lineFields(bindings), ...fields });
  };
  return {
    debug: writer('debug'),
    info: writer('info'),
    warning: writer('warning'),
    error: writer('error'),
    critical: writer('critical'),
    child: (more) => loggerWith({ ...bindings, ...more }),
    isEnabled: (level) => surroundingLogger().isEnabled(level),
    setLevel: (level) => surroundingLogger().setLevel(level),
  };
}

/** The running task says more than the logger's name does. */
function lineFields({ logger, ...others }: LogFields): LogFields {
  const task = runtime().currentTask?.();
  return task ? { taskName: task.name, taskId: task.id, ...others } : { logger, ...others };
}

function surroundingLogger(): Logger {
  ownLogger ??= createLogger({ level: 'INFO' });
  return runtime().logger ?? ownLogger;
}

function upper(method: Lowercase<LogLevel>): LogLevel {
  return method.toUpperCase() as LogLevel;
}
