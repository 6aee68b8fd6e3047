/** What a column holds. Ids and times stay far below 2^53, so plain numbers do. */
export type Value = string | number | null;

/** A statement's text with the types of its parameters and its rows. Made by `query`. */
export interface Query<Params extends readonly Value[], Row extends readonly Value[] = []> {
  readonly sql: string;
  /** For the type checker only; never set. */
  readonly types?: { readonly params: Params; readonly row: Row };
}

/** Runs queries inside one transaction, or outside of any. */
export interface Session {
  /** @returns all rows, as tuples. */
  all<Params extends readonly Value[], Row extends readonly Value[]>(
    query: Query<Params, Row>,
    params: Params,
  ): Row[];
  /** For statements without rows. @returns how many rows changed. */
  run<Params extends readonly Value[]>(query: Query<Params>, params: Params): number;
}

/** Names a statement. */
export function query<Params extends readonly Value[], Row extends readonly Value[] = []>(
  sql: string,
): Query<Params, Row> {
  return { sql };
}
