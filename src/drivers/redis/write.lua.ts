import type { ResultWrite } from '../../protocol/index.ts';
import type { Arg } from './args.ts';
import { successLua } from './success.lua.ts';

/**
 * Lua for scripts that store results, in any database. Their ARGV begins with the connection's own one, and each result is
 * five arguments, those of `pushWrite`: `store(from)` stores and announces one, not over a SUCCESS, and says whether it has.
 * `use(db)` goes on in another database; a script that ends in another than `own` would leave the connection there.
 */
export const writeLua = /* lua */ `
${successLua}
local own, selected = ARGV[1], ARGV[1]
local isFinal, isBytes = {['1'] = true, B = true}, {B = true, b = true}
local function use(db)
  if db ~= selected then redis.call('SELECT', db) selected = db end
end
local function store(from)
  local ttl, key, document = ARGV[from + 2], ARGV[from + 3], ARGV[from + 4]
  use(ARGV[from + 1])
  local isNew
  if ttl == '0' then isNew = redis.call('SET', key, document, 'NX')
  else isNew = redis.call('SET', key, document, 'PX', ttl, 'NX') end
  if not isNew then
    if redis.pcall('GETRANGE', key, 0, 19) == '{"status": "SUCCESS"' then return false end
    if isBytes[ARGV[from]] and isSuccess(key) then return false end
    if ttl == '0' then redis.call('SET', key, document) else redis.call('SET', key, document, 'PX', ttl) end
  end
  redis.call('PUBLISH', key, document)
  return true
end
`;

/**
 * Adds a result to arguments as `store` takes it: '1' if final, '0' if not, and if it is no JSON 'B' or 'b'; database, TTL in
 * ms (0 none), key, document.
 */
export function pushWrite(args: Arg[], write: ResultWrite): void {
  const { finality, isBytes, db, ttlMs, key, document } = write;
  const isFinal = finality !== 'open';
  if (isBytes) args.push(isFinal ? 'B' : 'b', db, ttlMs, key, Buffer.from(document, 'latin1'));
  else args.push(isFinal ? 1 : 0, db, ttlMs, key, document);
}
