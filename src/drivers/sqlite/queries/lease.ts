import { query } from '../query.ts';

/** A new lease; its id was never used before. */
export const insertLease = query<[expiresMs: number], [id: number]>(
  'insert into lease (expires_ms) values (?) returning id',
);

/** Renews a lease, also one that was swept away. */
export const renewLease = query<[id: number, expiresMs: number]>(
  'insert into lease (id, expires_ms) values (?, ?) on conflict (id) do update set expires_ms = max(expires_ms, excluded.expires_ms)',
);

/** Ends a lease that holds nothing; one that does runs out by itself. */
export const endLease = query<[id: number]>(
  'delete from lease where id = ?1 and not exists (select 1 from message where holder = ?1)',
);

/** The holders of claims after a given one, one at a time: a jump in the index, not a scan. */
export const nextHolder = query<[after: number], [id: number | null]>(
  'select min(holder) from message where holder > ?',
);

/** When a lease runs out; no row if there is none. */
export const leaseExpiry = query<[id: number], [expiresMs: number]>(
  'select expires_ms from lease where id = ?',
);

/** Forgets leases that ran out and hold nothing more. */
export const deleteExpiredLeases = query<[nowMs: number]>(
  'delete from lease where expires_ms <= ? and not exists (select 1 from message where holder = lease.id)',
);
