export { AbortWatch } from './abort-watch.ts';
export { retryDelay } from './backoff.ts';
export { createDeferred, type Deferred } from './deferred.ts';
export { DependencyGraph, type DrawOptions, dotText, mermaidText } from './dependency-graph.ts';
export { escapeControls } from './escape.ts';
export { ANY_TEXT, fitsPieces, globbed, type Piece } from './glob.ts';
export { keepNewest } from './keep-newest.ts';
export { createLogger, type Logger, type LoggerOptions } from './log.ts';
export { findLogLevel, type LogFields, type LogLevel, logLevels } from './log-levels.ts';
export type { LogStream } from './log-sinks.ts';
export { nearest } from './nearest.ts';
export { redactText, redactUrl, redactValue } from './redact.ts';
export { Semaphore } from './semaphore.ts';
export { SharedDeadline } from './shared-deadline.ts';
export { soon } from './soon.ts';
export { nonEmptyText } from './text.ts';
export {
  type Clock,
  type Duration,
  durationToMs,
  longestTimerMs,
  type Millis,
  type Seconds,
  systemClock,
  systemTime,
  type Time,
} from './time.ts';
export { UnderWay } from './under-way.ts';
