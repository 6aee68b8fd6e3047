/** What a delivery tag says: which row, which lease, and the number of the claim. */
export interface ClaimTag {
  readonly id: number;
  readonly lease: number;
  readonly batch: number;
}

/** A tag for one claimed row; never the same twice in one file. */
export function formatTag({ lease, batch, id }: ClaimTag): string {
  return `${lease}.${batch}.${id}`;
}

/** @returns undefined for a tag that is not one of ours. */
export function parseTag(tag: string): ClaimTag | undefined {
  const [, lease, batch, id] = /^(\d+)\.(\d+)\.(\d+)$/.exec(tag) ?? [];
  if (lease === undefined || batch === undefined || id === undefined) return undefined;
  return { lease: Number(lease), batch: Number(batch), id: Number(id) };
}
