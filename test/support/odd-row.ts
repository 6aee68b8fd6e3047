/** A message, and what is to become of it. */
export interface OddRow {
  readonly name: string;
  readonly payload: string;
  /** Where it is put; `celery` if not given. */
  readonly queue?: string;
  /** Under which id whoever waits is told; null: no id can be read. */
  readonly id: string | null;
  readonly ends: Ending;
}

/** How it ends. */
export type Ending =
  | Readonly<{ kind: 'SUCCESS'; value: unknown }>
  | Readonly<{ kind: 'FAILURE' | 'REVOKED'; error: RegExp }>
  /** A dead letter; its line in the log says the reason, or what `logged` has. */
  | Readonly<{ kind: 'dead'; reason: RegExp; logged?: RegExp }>;

/** An id and a queue that nobody would think of: separators of keys, line breaks, terminal escapes, bidi controls. */
export const HOSTILE = 'a\u0006\u0016b:c\r\nd\u001b]0;x\u0007\u001b[2J\u009b1m\u202ee*?[g]';
