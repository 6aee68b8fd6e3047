import { createRequire } from 'node:module';
import { inspect } from 'node:util';
import type { DestinationStream, Logger as PinoLogger } from 'pino';
import { escapeControls } from './escape.ts';
import type { LogFields, LogLevel } from './log-levels.ts';
import { redactText } from './redact.ts';
import type { Clock, Millis } from './time.ts';

/** Where lines go: one call per line, the line break included. */
export interface LogStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/** One line to be. */
export interface LogRecord {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

/** Turns records into lines. */
export type Sink = (record: LogRecord) => void;

/** What both forms need: who speaks, where to, and the time of day. */
export interface SinkOptions {
  readonly name: string;
  readonly stream: LogStream | undefined;
  readonly clock: Clock;
}

const colors: Partial<Record<LogLevel, number>> = {
  DEBUG: 34,
  WARNING: 33,
  ERROR: 31,
  CRITICAL: 35,
};

/** Lines as Celery writes them; further lines of one message are indented, so that none can pose as a new one. */
export function textSink({ name, stream, clock, color }: SinkOptions & { color: boolean }): Sink {
  const open = lazily(() => stream ?? standardError());
  return ({ level, message, fields }) => {
    const { taskName, taskId, error, ...others } = fields;
    const task = taskName === undefined ? '' : `${taskName}[${taskId}]: `;
    const extras = Object.entries(others).map(([key, value]) => ` ${key}=${shown(value)}`);
    const stack = error === undefined ? '' : `\n${stackOf(error)}`;
    const lines = redactText(`${task}${message}${extras.join('')}${stack}`).split(/\r?\n/);
    const text = lines.map(escapeControls).join('\n    ');
    const line = `[${localTime(clock.now())}: ${level}/${name}] ${text}`;
    const code = color ? colors[level] : undefined;
    open().write(code === undefined ? `${line}\n` : `\u001b[${code}m${line}\u001b[0m\n`);
  };
}

/** One JSON object per line: `time`, `level`, `process`, `pid`, the fields, `message`. */
export function jsonSink({ name, stream, clock }: SinkOptions): Sink {
  const open = lazily((): PinoLogger<Lowercase<LogLevel>> => {
    const { pino } = loadPino();
    const options = {
      level: 'debug',
      customLevels: { debug: 20, info: 30, warning: 40, error: 50, critical: 60 },
      useOnlyCustomLevels: true,
      base: { process: name, pid: process.pid },
      messageKey: 'message',
      timestamp: () => `,"time":"${new Date(clock.now()).toISOString()}"`,
      formatters: { level: (label: string) => ({ level: label.toUpperCase() }) },
    } as const;
    return pino(options, stream ? lineStream(stream) : standardError());
  });
  return ({ level, message, fields }) => {
    const method = level.toLowerCase() as Lowercase<LogLevel>;
    open()[method](clean(fields, 0), cleanText(message));
  };
}

/** pino takes 40 ms to load: a command that logs nothing does without it. */
function loadPino(): typeof import('pino') {
  return createRequire(import.meta.url)('pino');
}

/** Synchronous, so that the last words of a process or a thread are not lost; waits where a pipe is full. */
function standardError(): DestinationStream {
  return loadPino().destination({ fd: 2, sync: true });
}

function lineStream(stream: LogStream): DestinationStream {
  return { write: (line) => void stream.write(line) };
}

function lazily<Value>(make: () => Value): () => Value {
  let made: { value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** `2026-11-22 15:00:00,123` in the machine's time zone, as Python's logging has it. */
function localTime(timeMs: Millis): string {
  const date = new Date(timeMs);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${time},${String(date.getMilliseconds()).padStart(3, '0')}`;
}

function shown(value: unknown): string {
  return typeof value === 'string' && !/[\s"=]/.test(value)
    ? value
    : inspect(value, { breakLength: Number.POSITIVE_INFINITY, depth: 3 });
}

function stackOf(error: unknown): string {
  return error instanceof Error ? inspect(error) : shown(error);
}

const maxDepth = 5;

function cleanText(text: string): string {
  const redacted = redactText(text);
  // JSON escapes the controls below 0x20 itself; line breaks stay, for whoever reads the field.
  return redacted.split('\n').map(escapeControls).join('\n');
}

/** A copy that is safe to show and to serialize, whatever it was. */
function clean(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (typeof value === 'bigint' || typeof value === 'function') return cleanText(String(value));
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) {
    const { name, message, stack } = value;
    return { type: name, message: cleanText(message), stack: cleanText(stack ?? '') };
  }
  if (value instanceof Date || depth === maxDepth) return shown(value);
  if (Array.isArray(value)) return value.map((item) => clean(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, clean(item, depth + 1)]),
  );
}
