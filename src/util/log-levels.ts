/** Celery's level names, from the least to the most urgent. */
export const logLevels = ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'] as const;
export type LogLevel = (typeof logLevels)[number];

/**
 * What a line says besides its message. `taskName` and `taskId` go before the message; an `error` is shown
 * with its stack.
 */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * The level that a text names, in any case; `warn` and `fatal` are understood too.
 * @returns undefined for any other text.
 */
export function findLogLevel(text: string): LogLevel | undefined {
  const name = text.toUpperCase();
  if (name === 'WARN') return 'WARNING';
  if (name === 'FATAL') return 'CRITICAL';
  return logLevels.find((level) => level === name);
}
