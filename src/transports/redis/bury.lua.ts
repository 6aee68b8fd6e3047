/**
 * Lua for scripts that turn messages away: `bury(dead, info, payload)` puts one to the dead letters, of which a queue
 * keeps ten thousand, and for a week. `dead` is their list; `dead .. '.info'` the hash of a payload's SHA-1 -> `info`.
 */
export const buryLua = /* lua */ `
local function bury(dead, info, payload)
  local infos = dead .. '.info'
  redis.call('LPUSH', dead, payload)
  redis.call('HSET', infos, redis.sha1hex(payload), info)
  while redis.call('LLEN', dead) > 10000 do
    redis.call('HDEL', infos, redis.sha1hex(redis.call('RPOP', dead)))
  end
  redis.call('EXPIRE', dead, 604800)
  redis.call('EXPIRE', infos, 604800)
end
`;
