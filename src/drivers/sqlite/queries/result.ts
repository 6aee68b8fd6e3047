import { query } from '../query.ts';

/** Values of `finality`. */
export const finality = { open: 0, final: 1, success: 2 } as const;

/** Stores a document, but not over a SUCCESS that is still kept. */
export const storeResult = query<
  [key: string, document: string, finality: number, expiresMs: number | null, nowMs: number]
>(`
insert into result (key, document, finality, expires_ms) values (?1, ?2, ?3, ?4)
on conflict (key) do update
set document = excluded.document, finality = excluded.finality, expires_ms = excluded.expires_ms
where result.finality < ${finality.success} or result.expires_ms <= ?5`);

export const findResult = query<[key: string, nowMs: number], [document: string]>(
  'select document from result where key = ? and (expires_ms is null or expires_ms > ?)',
);

/** Those of a JSON array of keys that are final. */
export const findFinalResults = query<
  [keys: string, nowMs: number],
  [key: string, document: string]
>(`
select key, document from result
where key in (select value from json_each(?)) and finality > ${finality.open}
and (expires_ms is null or expires_ms > ?)`);

/** All of a JSON array of keys. */
export const findResults = query<[keys: string, nowMs: number], [key: string, document: string]>(`
select key, document from result
where key in (select value from json_each(?)) and (expires_ms is null or expires_ms > ?)`);

export const deleteResult = query<[key: string]>('delete from result where key = ?');

/** Whether any is past its time. */
export const hasExpiredResults = query<[nowMs: number], [found: number]>(
  'select 1 from result where expires_ms <= ? limit 1',
);

/** Deletes some that are past their time. */
export const deleteExpiredResults = query<[nowMs: number, limit: number]>(
  'delete from result where id in (select id from result where expires_ms <= ? limit ?)',
);
