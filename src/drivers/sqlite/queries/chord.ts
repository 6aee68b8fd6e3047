import { query } from '../query.ts';

export const insertChord = query<
  [key: string, groupId: string, expiresMs: number | null],
  [id: number]
>('insert into chord (key, group_id, expires_ms) values (?, ?, ?) returning id');

/** Also one that is past its time. */
export const findChord = query<
  [key: string],
  [id: number, size: number | null, isOver: number, expiresMs: number | null]
>('select id, size + extra, is_over, expires_ms from chord where key = ?');

/** Says how many parts a chord has, unless somebody has said so. */
export const setSize = query<[expiresMs: number | null, size: number, id: number]>(
  'update chord set expires_ms = ?, size = coalesce(size, ?) where id = ?',
);

/** Notes that a part more is that of a task, once. */
export const insertExtra = query<[chord: number, taskId: string]>(
  'insert or ignore into chord_extra (chord, task_id) values (?, ?)',
);

export const deleteExtra = query<[chord: number, taskId: string]>(
  'delete from chord_extra where chord = ? and task_id = ?',
);

export const addExtra = query<[expiresMs: number | null, by: number, id: number]>(
  'update chord set expires_ms = ?, extra = extra + ? where id = ?',
);

/** Keeps a part, of each task the first. */
export const insertPart = query<
  [chord: number, taskId: string, place: number | null, member: string]
>('insert or ignore into chord_part (chord, task_id, place, member) values (?, ?, ?, ?)');

/** Counts a part that was kept; a chord whose parts are all in is complete. */
export const countPart = query<
  [expiresMs: number | null, nowMs: number, ending: string, id: number],
  [isComplete: number | null]
>(`
update chord set
  expires_ms = ?1,
  parts = parts + 1,
  complete_ms = case when size + extra <= parts + 1 then ?2 else complete_ms end,
  ending = case when size + extra <= parts + 1 then ?3 else ending end,
  rest_ms = case when size + extra <= parts + 1 then 0 else rest_ms end
where id = ?4
returning size + extra <= parts`);

/** By their places; those without one last, and texts of one place in their order. */
export const findPartsInOrder = query<[chord: number], [member: string]>(
  'select member from chord_part where chord = ? order by place is null, place, member',
);

/** As they came. */
export const findParts = query<[chord: number], [member: string]>(
  'select member from chord_part where chord = ? order by id',
);

/** The chord, if it is complete. */
export const findIfComplete = query<[key: string, nowMs: number], [id: number]>(`
select id from chord
where key = ? and complete_ms is not null and (expires_ms is null or expires_ms > ?)`);

/** Whether any has been complete since then, or longer. */
export const hasComplete = query<[sinceMs: number, nowMs: number], [id: number]>(`
select id from chord
where complete_ms <= ? and (expires_ms is null or expires_ms > ?) limit 1`);

/** Those, the first first, which rest from now on. */
export const takeComplete = query<
  [sinceMs: number, nowMs: number, limit: number, restMaxMs: number, restMinMs: number],
  [groupId: string, ending: string]
>(`
update chord set
  rest_ms = min(?4, max(2 * rest_ms, ?5)),
  complete_ms = ?1 + min(?4, max(2 * rest_ms, ?5))
where id in (
  select id from chord
  where complete_ms <= ?1 and (expires_ms is null or expires_ms > ?2) order by complete_ms limit ?3)
returning group_id, ending`);

/** Ends a chord that is complete. */
export const endChord = query<[key: string, nowMs: number], [id: number]>(`
update chord set is_over = 1, complete_ms = null, ending = null
where key = ? and complete_ms is not null and (expires_ms is null or expires_ms > ?)
returning id`);

/** Deletes some parts of a chord. */
export const deleteParts = query<[chord: number, limit: number]>(
  'delete from chord_part where id in (select id from chord_part where chord = ? limit ?)',
);

export const deleteChord = query<[id: number]>('delete from chord where id = ?');

/** One that is past its time. */
export const findExpiredChord = query<[nowMs: number], [id: number]>(
  'select id from chord where expires_ms <= ? limit 1',
);
