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

/** The queues that have any. */
export const countDeadLetters = query<[], [queue: string, count: number]>(
  'select queue, count(*) from dead_letter group by queue order by queue',
);

type Letter = [id: number, payload: string, info: string];

/** Those of a queue that are older than an id, the newest first. */
export const deadLettersBefore = query<[queue: string, id: number, limit: number], Letter>(
  'select id, payload, info from dead_letter where queue = ? and id < ? order by id desc limit ?',
);

/** Those of a queue between two ids, the oldest first. */
export const deadLettersAfter = query<
  [queue: string, after: number, last: number, limit: number],
  Letter
>(
  'select id, payload, info from dead_letter where queue = ? and id > ? and id <= ? order by id limit ?',
);

/** The newest of a queue. */
export const lastDeadLetter = query<[queue: string], [id: number | null]>(
  'select max(id) from dead_letter where queue = ?',
);

export const deleteDeadLetter = query<[id: number]>('delete from dead_letter where id = ?');
