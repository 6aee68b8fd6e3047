import { query } from '../query.ts';

/** Values of `holder` that are no lease's id. */
export const WAITING = 0;
export const PARKED = -1;

/** How many rows `insertMany` takes. */
export const INSERT_ROWS = 25;

type Insert = readonly [queue: string, step: number, payload: string];
type Claim = readonly [id: number, lease: number, batch: number];

/** Puts one message at the tail of its queue. */
export const insertMessage = query<Insert>(
  'insert into message (queue, step, payload) values (?, ?, ?)',
);

/** Puts INSERT_ROWS messages at the tails of their queues, in order; a third cheaper than one by one. */
export const insertMessages = query<readonly (string | number)[]>(
  `insert into message (queue, step, payload) values ${Array(INSERT_ROWS).fill('(?, ?, ?)').join(', ')}`,
);

/** Whether any of the queues, a JSON array, has a waiting message. */
export const hasWaiting = query<[queues: string], [found: number]>(
  `select 1 from message where holder = ${WAITING} and queue in (select value from json_each(?)) limit 1`,
);

/** Whether any of the queues, a JSON array, has a waiting message in a step after this one. */
export const hasWaitingBelow = query<[queues: string, step: number], [found: number]>(
  `select 1 from message where holder = ${WAITING} and queue in (select value from json_each(?)) and step > ? limit 1`,
);

/** Claims the first messages of a queue and step. Rows come back in no order. */
export const claimMessages = query<
  [lease: number, batch: number, queue: string, step: number, limit: number],
  [id: number, position: number, payload: string]
>(`
update message set holder = ?, batch = ?
where id in (
  select id from message where holder = ${WAITING} and queue = ? and step = ? order by position, id limit ?
)
returning id, position, payload`);

/** Deletes those of a JSON array of ids that are still held by this claim. */
export const deleteClaimed = query<[ids: string, lease: number, batch: number], [id: number]>(
  // the + keeps the planner off the index: the ids are few
  'delete from message where id in (select value from json_each(?)) and +holder = ? and +batch = ? returning id',
);

/** One claim, if it is still held. */
export const findClaimed = query<
  Claim,
  [queue: string, step: number, position: number, payload: string]
>('select queue, step, position, payload from message where id = ? and +holder = ? and +batch = ?');

/** All that a lease holds, the latest claim and in it the last message first. */
export const findHeldBackwards = query<
  [lease: number, limit: number],
  [id: number, queue: string, payload: string]
>(
  'select id, queue, payload from message where holder = ? order by batch desc, position desc, id desc limit ?',
);

/** Lays a message aside. */
export const parkMessage = query<[dueMs: number, payload: string, id: number]>(
  `update message set holder = ${PARKED}, due_ms = ?, payload = ? where id = ?`,
);

/** When the next of the messages laid aside is due. */
export const nextDue = query<[], [dueMs: number | null]>(
  `select min(due_ms) from message where holder = ${PARKED}`,
);

/** The messages that are due, the last first. */
export const findDueBackwards = query<[nowMs: number, limit: number], [id: number]>(
  `select id from message where holder = ${PARKED} and due_ms <= ? order by due_ms desc, id desc limit ?`,
);

/** Makes a message the next of its queue and step. */
export const moveToHead = query<[id: number]>(`
update message set holder = ${WAITING}, batch = 0, due_ms = null, position = coalesce((
  select first.position from message as first
  where first.holder = ${WAITING} and first.queue = message.queue and first.step = message.step
  order by first.position limit 1
), 0) - 1
where id = ?`);

export const setPayload = query<[payload: string, id: number]>(
  'update message set payload = ? where id = ?',
);

export const deleteMessage = query<[id: number]>('delete from message where id = ?');

export const countWaiting = query<[queue: string], [count: number]>(
  `select count(*) from message where holder = ${WAITING} and queue = ?`,
);

/** The newest message of all, so that a purge ends though others keep publishing. */
export const lastId = query<[], [id: number | null]>('select max(id) from message');

/** Deletes some waiting messages of a queue. */
export const purgeWaiting = query<[queue: string, lastId: number, limit: number]>(`
delete from message where id in (
  select id from message where holder = ${WAITING} and queue = ? and id <= ? limit ?
)`);
