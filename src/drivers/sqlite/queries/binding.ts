import { query } from '../query.ts';
import { PARKED, WAITING } from './message.ts';

/** Binds a queue; a binding that is there stays as it is. */
export const insertBinding = query<
  [exchange: string, routingKey: string, pattern: string, queue: string, lease: number]
>(
  'insert or ignore into binding (exchange, routing_key, pattern, queue, lease) values (?, ?, ?, ?, ?)',
);

/** All bindings of an exchange. */
export const findBindings = query<
  [exchange: string],
  [routingKey: string, pattern: string, queue: string]
>('select routing_key, pattern, queue from binding where exchange = ?');

/** How many bindings a lease has. */
export const countBindings = query<[lease: number], [count: number]>(
  'select count(*) from binding where lease = ?',
);

/** Unbinds the queues of a lease. */
export const deleteBindings = query<[lease: number]>('delete from binding where lease = ?');

const isLost =
  'lease > 0 and not exists (select 1 from lease where lease.id = binding.lease and expires_ms > ?)';

/** Unbinds what has outlived its consumer. */
export const deleteLostBindings = query<[nowMs: number]>(`delete from binding where ${isLost}`);

/** The names of consumers' own queues: in the order of texts from the first up to before the second, that fit a glob. */
type Names = readonly [from: string, to: string, glob: string];

const isUnbound =
  'queue >= ? and queue < ? and queue glob ? and not exists (select 1 from binding where binding.queue = message.queue)';

/** Whether a consumer's own queue, or a message of one, has outlived it. */
export const hasLost = query<[nowMs: number, ...Names], [found: number]>(`
select 1 where exists (select 1 from binding where ${isLost})
or exists (select 1 from message where holder in (${WAITING}, ${PARKED}) and ${isUnbound})`);

/** Deletes what a holder has of consumers' own queues that are bound no more. */
export const deleteUnbound = query<[holder: number, ...Names]>(
  `delete from message where holder = ? and ${isUnbound}`,
);
