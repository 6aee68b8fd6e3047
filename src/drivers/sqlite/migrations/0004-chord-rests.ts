/** How long a complete chord has rested since it was found the last time; `complete_ms` is later by so much. */
export const chordRests = /* sql */ `
alter table chord add column rest_ms integer not null default 0;
`;
