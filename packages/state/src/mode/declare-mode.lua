-- A worker declares a tenant's mode. Only a change of the mode changes anything. Returns the record.
local mode, only_if_missing = ARGV[1], ARGV[2] == '1'

local before = redis.call('HGET', mode_key, 'mode')
if before == mode or before and only_if_missing then return redis.call('HGETALL', mode_key) end
local now = string.format('%.0f', now_ms())
redis.call('HSET', mode_key, 'mode', mode, 'since', now)
if mode == 'shadow' then
  -- Back before all was enqueued that came since the package was off: the same shadow goes on, so that nothing of it is lost.
  if redis.call('HDEL', mode_key, 'isGoingLive') == 0 then
    redis.call('HSET', mode_key, 'shadowSince', now)
    redis.call('HDEL', mode_key, 'offAt', 'switchedAt')
  end
  redis.call('HDEL', mode_key, 'shadowEndedAt')
elseif before then
  redis.call('HSET', mode_key, 'shadowEndedAt', now)
  going_live()
end
return redis.call('HGETALL', mode_key)
