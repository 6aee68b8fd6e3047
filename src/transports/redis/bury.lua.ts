/**
 * Lua for scripts that take dead letters out of their list: `forget(infos, sha)` forgets what is known of one, unless
 * others of the list are equal to it: `infos` has a field `+<SHA-1>` with how many those are.
 */
export const forgetLua = /* lua */ `
local function forget(infos, sha)
  local others = tonumber(redis.call('HGET', infos, '+' .. sha) or 0)
  if others > 1 then redis.call('HINCRBY', infos, '+' .. sha, -1)
  else redis.call('HDEL', infos, others == 1 and '+' .. sha or sha) end
end
`;

/**
 * Lua for scripts that turn messages away: `bury(dead, info, payload)` puts one to the dead letters, of which a queue
 * keeps ten thousand, and for a week. `dead` is their list; `dead .. '.info'` the hash of a payload's SHA-1 -> `info`.
 */
export const buryLua = /* lua */ `
${forgetLua}
local function bury(dead, info, payload)
  local infos, sha = dead .. '.info', redis.sha1hex(payload)
  redis.call('LPUSH', dead, payload)
  if redis.call('HSET', infos, sha, info) == 0 then redis.call('HINCRBY', infos, '+' .. sha, 1) end
  while redis.call('LLEN', dead) > 10000 do
    forget(infos, redis.sha1hex(redis.call('RPOP', dead)))
  end
  redis.call('EXPIRE', dead, 604800)
  redis.call('EXPIRE', infos, 604800)
end
`;
