/** A span or an instant in seconds: the unit of every public option that Celery has too. */
export type Seconds = number;
/** A span or an instant in milliseconds: the unit of everything else; such names end in `Ms`. */
export type Millis = number;

/** Where the time of day comes from; tests hand in their own. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): Millis;
}

/** The machine's clock. */
export const systemClock: Clock = { now: () => Date.now() };

/** A span as people write it: seconds, or named units that add up. */
export type Duration =
  | Seconds
  | Readonly<{
      days?: number;
      hours?: number;
      minutes?: number;
      seconds?: Seconds;
      milliseconds?: Millis;
    }>;

/** Adds up a duration's units. @returns milliseconds, NaN if a unit is not a number. */
export function durationToMs(duration: Duration): Millis {
  if (typeof duration === 'number') return duration * 1000;
  const { days = 0, hours = 0, minutes = 0, seconds = 0, milliseconds = 0 } = duration;
  return ((days * 24 + hours) * 60 + minutes) * 60_000 + seconds * 1000 + milliseconds;
}
