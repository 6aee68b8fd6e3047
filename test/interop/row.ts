import type { Place } from './place.ts';

/** Runs against the servers of a place, and throws when what its cell claims is not so. */
export type Proof = (place: Place) => Promise<void>;

/** What cannot work, and why. Where that can be seen, a proof sees it. */
export interface Cannot {
  readonly cannot: string;
  readonly proof?: Proof;
}

/** One direction of a row: its proof is what makes it a "yes". */
export type Cell = Proof | Cannot;

/** One line of docs/beside-python.md, and its tests. */
export interface Row {
  /** As the page has it; `header 'shadow'` for a header, `property 'priority'` for a property. */
  readonly name: string;
  readonly notes?: string;
  /** Python's client and our worker; or what Python writes, read by us. */
  readonly pythonToUs: Cell;
  /** Our client and Python's worker. */
  readonly usToPython: Cell;
  /** Both clients, with both workers on one queue. */
  readonly together?: Cell;
}

/** Rows of one subject. */
export interface Area {
  /** The file that has the rows: `rows/<name>.ts`. */
  readonly name: string;
  readonly title: string;
  /** The file that proves them: `<test>.test.ts`; areas with the same one share its servers. */
  readonly test: string;
  readonly rows: readonly Row[];
}

/** The directions of a row, as tests and page name them. */
export const directions = [
  ['pythonToUs', 'Python to us'],
  ['usToPython', 'us to Python'],
  ['together', 'both on one queue'],
] as const;

/** What a cell runs; undefined for a "no" that nothing can show. */
export function proofOf(cell: Cell): Proof | undefined {
  return typeof cell === 'function' ? cell : cell.proof;
}
