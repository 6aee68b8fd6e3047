import { join } from 'node:path';
import { startRedis } from './redis.ts';
import { tempDir } from './temp.ts';

/** The brokers that tests about workers run on, each of them empty. */
export const stores = {
  sqlite: async (): Promise<string> => `sqlite:${join(tempDir(), 'celeriac.db')}`,
  redis: async (): Promise<string> => (await startRedis()).url,
} as const;

export type StoreName = keyof typeof stores;
export const storeNames = Object.keys(stores) as StoreName[];
