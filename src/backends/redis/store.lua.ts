import { defineScript } from '../../drivers/redis/index.ts';
import type { ResultWrite } from '../../transports/index.ts';

/**
 * Stores result documents and announces them, unless a SUCCESS is stored already. The rule is Celery's
 * (`_store_result` in `backends/base.py`), which has a gap between looking and writing.
 *
 * KEYS  the documents' keys, also the names of the channels
 * ARGV  per key: TTL in ms (0 none), document
 * reply nothing
 */
const lua = /* lua */ `
for place, key in ipairs(KEYS) do
  local ttl, document = ARGV[2 * place - 1], ARGV[2 * place]
  if redis.pcall('GETRANGE', key, 0, 19) ~= '{"status": "SUCCESS"' then
    if ttl == '0' then redis.call('SET', key, document) else redis.call('SET', key, document, 'PX', ttl) end
    redis.call('PUBLISH', key, document)
  end
end
`;

/** Stores results of the connection's own database. */
export const storeResults = defineScript({
  lua,
  keys: (writes: readonly ResultWrite[]) => writes.map(({ key }) => key),
  argv: (writes) => writes.flatMap(({ ttlMs, document }) => [ttlMs, document]),
  parse: () => undefined,
});
