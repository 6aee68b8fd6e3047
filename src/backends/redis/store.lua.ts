import { defineScript, successLua } from '../../drivers/redis/index.ts';
import type { ResultWrite } from '../../transports/index.ts';

/**
 * Stores result documents and announces them, unless a SUCCESS is stored already. The rule is Celery's
 * (`_store_result` in `backends/base.py`), which has a gap between looking and writing.
 *
 * KEYS  the documents' keys, also the names of the channels
 * ARGV  per key: TTL in ms (0 none), document, 'b' if it is no JSON
 * reply nothing
 */
const lua = /* lua */ `
${successLua}
for place, key in ipairs(KEYS) do
  local ttl, document, form = ARGV[3 * place - 2], ARGV[3 * place - 1], ARGV[3 * place]
  local isDone = redis.pcall('GETRANGE', key, 0, 19) == '{"status": "SUCCESS"' or form == 'b' and isSuccess(key)
  if not isDone then
    if ttl == '0' then redis.call('SET', key, document) else redis.call('SET', key, document, 'PX', ttl) end
    redis.call('PUBLISH', key, document)
  end
end
`;

/** Stores results of the connection's own database. */
export const storeResults = defineScript({
  lua,
  keys: (writes: readonly ResultWrite[]) => writes.map(({ key }) => key),
  argv: (writes) =>
    writes.flatMap(({ ttlMs, document, isBytes }) =>
      isBytes ? [ttlMs, Buffer.from(document, 'latin1'), 'b'] : [ttlMs, document, ''],
    ),
  parse: () => undefined,
});
