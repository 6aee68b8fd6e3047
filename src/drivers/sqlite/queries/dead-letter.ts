import { query } from '../query.ts';

/** How many dead letters a queue keeps. */
export const DEAD_LETTERS_MAX = 10_000;

export const insertDeadLetter = query<
  [queue: string, payload: string, reason: string, info: string, atMs: number]
>('insert into dead_letter (queue, payload, reason, info, at_ms) values (?, ?, ?, ?, ?)');

/** Drops the oldest above the bound. */
export const trimDeadLetters = query<[queue: string]>(`
delete from dead_letter where queue = ?1 and id <= (
  select id from dead_letter where queue = ?1 order by id desc limit 1 offset ${DEAD_LETTERS_MAX}
)`);

export const deleteOldDeadLetters = query<[beforeMs: number]>(
  'delete from dead_letter where at_ms < ?',
);

/** Whether any is older. */
export const hasOldDeadLetters = query<[beforeMs: number], [found: number]>(
  'select 1 from dead_letter where at_ms < ? limit 1',
);
