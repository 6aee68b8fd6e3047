/**
 * message: one row per message that is not completed. `holder` is 0 while it waits, -1 while it is laid
 *   aside until `due_ms`, else the id of the lease that claims it; `batch` is then the number of the
 *   claim. `step` is the priority step. Lower `position` first, then lower `id`.
 * lease: consumers that may hold claims; ids are never used again.
 * dead_letter: the original payload and why it is here; bounded in number and age.
 * result: result documents; `finality` 0 may change, 1 is final, 2 is SUCCESS. Times are epoch milliseconds.
 */
export const tables = /* sql */ `
create table message (
  id integer primary key,
  queue text not null,
  step integer not null,
  position integer not null default 0,
  holder integer not null default 0,
  batch integer not null default 0,
  due_ms integer,
  payload text not null
) strict;
create index message_next on message (holder, queue, step, position, id);
create index message_due on message (due_ms) where holder = -1;

create table lease (
  id integer primary key autoincrement,
  expires_ms integer not null
) strict;

create table dead_letter (
  id integer primary key,
  queue text not null,
  payload text not null,
  reason text not null,
  info text not null,
  at_ms integer not null
) strict;
create index dead_letter_queue on dead_letter (queue, id);
create index dead_letter_age on dead_letter (at_ms);

create table result (
  id integer primary key,
  key text not null unique,
  document text not null,
  finality integer not null,
  expires_ms integer
) strict;
create index result_expiry on result (expires_ms) where expires_ms is not null;
`;
