import { ConfigError } from '../errors.ts';

/** The list that `--args` holds. @throws ConfigError for anything but a JSON list */
export function parseArgs(text: string | undefined): readonly unknown[] {
  const value = text === undefined ? [] : parseJson('--args', text);
  if (Array.isArray(value)) return value;
  throw new ConfigError(`--args must be a JSON list such as '[4, 5]', got ${kindOf(value)}`);
}

/** The object that `--kwargs` holds. @throws ConfigError for anything but a JSON object */
export function parseKwargs(text: string | undefined): Readonly<Record<string, unknown>> {
  const value = text === undefined ? {} : parseJson('--kwargs', text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new ConfigError(`--kwargs must be a JSON object such as '{"x": 4}', got ${kindOf(value)}`);
}

/** An instant in ISO 8601. @throws ConfigError for anything else */
export function parseInstant(flag: string, text: string): Date {
  const date = /^\d{4}-\d{2}-\d{2}/.test(text) ? new Date(text) : new Date(Number.NaN);
  if (!Number.isNaN(date.getTime())) return date;
  throw new ConfigError(
    `${flag} must be a time in ISO 8601 such as '2026-12-24T18:00:00Z', got '${text}'`,
  );
}

/** Seconds, or an instant in ISO 8601. @throws ConfigError for anything else */
export function parseExpires(text: string): number | Date {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  if (/^\d{4}-\d{2}-\d{2}/.test(text)) return parseInstant('--expires', text);
  throw new ConfigError(
    `--expires must be seconds or a time in ISO 8601 such as '2026-12-24T18:00:00Z', got '${text}'`,
  );
}

/** Arguments may be secret, so an error never repeats them. */
function parseJson(flag: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const place = error instanceof Error && / at position \d+/.exec(error.message)?.[0];
    throw new ConfigError(`${flag} is not JSON: it goes wrong${place || ' somewhere'}`);
  }
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'object') return Array.isArray(value) ? 'a list' : 'an object';
  return `a ${typeof value}`;
}
