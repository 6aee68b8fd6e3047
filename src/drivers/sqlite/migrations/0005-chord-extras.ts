/** chord_extra: the tasks that a chord has parts of beyond its size, which `extra` counts. They go with their chord. */
export const chordExtras = /* sql */ `
create table chord_extra (
  chord integer not null,
  task_id text not null,
  primary key (chord, task_id)
) strict, without rowid;
create trigger chord_deleted after delete on chord begin
  delete from chord_extra where chord = old.id;
end;
`;
