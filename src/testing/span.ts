import { ConfigError } from '../errors.ts';
import { type Duration, durationToMs, type Millis } from '../util/index.ts';

/** How far to move a clock: seconds, `{ hours: 2 }`, or a text such as `'2h'` or `'1h 30m'`. */
export type Span = Duration | string;

const unitsMs: Readonly<Record<string, Millis>> = {
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1_000,
  ms: 1,
};
const part = /(\d+(?:\.\d+)?)\s*(ms|d|h|m|s)\s*/y;

/** @throws ConfigError for what is no span of time, or goes back */
export function spanToMs(span: Span): Millis {
  const ms = typeof span === 'string' ? textToMs(span.trim()) : durationToMs(span);
  if (Number.isFinite(ms) && ms >= 0) return ms;
  const shown = typeof span === 'string' ? `'${span}'` : JSON.stringify(span);
  throw new ConfigError(
    `a clock moves on by seconds, units such as { hours: 2 }, or a text such as '1h 30m', got ${shown}`,
  );
}

function textToMs(text: string): Millis {
  let ms = 0;
  let at = 0;
  while (at < text.length) {
    part.lastIndex = at;
    const [whole, count, unit] = part.exec(text) ?? [];
    if (whole === undefined || unit === undefined) return Number.NaN;
    ms += Number(count) * (unitsMs[unit] ?? Number.NaN);
    at += whole.length;
  }
  return text === '' ? Number.NaN : ms;
}
