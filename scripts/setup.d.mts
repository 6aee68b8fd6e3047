/** The repository's root folder. */
export const rootDir: string;
/** Runs `npm ci` when node_modules is missing or is not that of the lockfile. */
export function ensureInstalled(root?: string): Promise<void>;
/** Compiles src into dist when dist is older. */
export function ensureBuilt(root?: string): Promise<void>;
