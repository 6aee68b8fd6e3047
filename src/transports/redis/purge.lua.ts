import { defineScript } from '../../drivers/redis/index.ts';
import type { Layout } from './layout.ts';

/**
 * Deletes all lists of a queue.
 *
 * KEYS  the lists
 * ARGV  none
 * reply how many messages they had
 */
const lua = /* lua */ `
local count = 0
for _, list in ipairs(KEYS) do count = count + redis.call('LLEN', list) end
redis.call('DEL', unpack(KEYS))
return count
`;

/** Empties a queue. @returns how many messages it had. */
export const purge = defineScript({
  lua,
  keys: ({ layout, queue }: { layout: Layout; queue: string }) => layout.listKeys([queue]),
  argv: () => [],
  parse: (reply) => Number(reply),
});
