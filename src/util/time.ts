/** A span or an instant in seconds: the unit of every public option that Celery has too. */
export type Seconds = number;
/** A span or an instant in milliseconds: the unit of everything else; such names end in `Ms`. */
export type Millis = number;

/** Where the time of day comes from; tests hand in their own. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): Millis;
}

/** A clock that also calls back. */
export interface Time extends Clock {
  /** Calls once, when so long has passed. @returns what takes it back. */
  after(delayMs: Millis, call: () => void): () => void;
}

/** The longest a timer of Node's can wait; beyond it fires at once. */
export const longestTimerMs: Millis = 2 ** 31 - 1;

/** The machine's clock and timers. What is to be called keeps the process alive. */
export const systemTime: Time = {
  now: () => Date.now(),
  after: (delayMs, call) => {
    let timer: NodeJS.Timeout;
    const wait = (leftMs: Millis): void => {
      const ms = Math.min(Math.max(0, leftMs), longestTimerMs);
      timer = setTimeout(() => (leftMs > ms ? wait(leftMs - ms) : call()), ms);
    };
    wait(delayMs);
    return () => clearTimeout(timer);
  },
};

/** The machine's clock. */
export const systemClock: Clock = systemTime;

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
