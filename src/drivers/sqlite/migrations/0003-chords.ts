/**
 * chord: what is known of one: `size` null until somebody says it, `extra` how many parts more it has, `parts` how many are
 * in. `is_over`: its body was sent, or never will be. While it is complete, `complete_ms` is since when, and `ending` what
 * is told of it. Its group's id is JSON text, as a text of the file cannot have every character; so are the ids of tasks.
 * chord_part: what its members have come to, each task once, in the order of their coming; `place` is that in the
 * header, null for none.
 */
export const chords = /* sql */ `
create table chord (
  id integer primary key,
  key text not null unique,
  group_id text not null,
  size integer,
  extra integer not null default 0,
  parts integer not null default 0,
  is_over integer not null default 0,
  complete_ms integer,
  ending text,
  expires_ms integer
) strict;
create index chord_expiry on chord (expires_ms) where expires_ms is not null;
create index chord_complete on chord (complete_ms) where complete_ms is not null;

create table chord_part (
  id integer primary key,
  chord integer not null,
  task_id text not null,
  place integer,
  member text not null,
  unique (chord, task_id)
) strict;
`;
