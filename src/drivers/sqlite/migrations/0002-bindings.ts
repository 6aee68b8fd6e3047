/**
 * binding: which messages of an exchange come into a queue. `pattern` is the regular expression of a topic's
 * binding key, '' elsewhere. `lease` is that of the consumer whose own queue it is, and with which it goes; 0 for
 * bindings that stay.
 */
export const bindings = /* sql */ `
create table binding (
  id integer primary key,
  exchange text not null,
  routing_key text not null,
  pattern text not null,
  queue text not null,
  lease integer not null default 0,
  unique (exchange, routing_key, pattern, queue)
) strict;
create index binding_queue on binding (queue);
create index binding_lease on binding (lease) where lease > 0;
`;
