-- A worker declares a tenant's mode, with the time at which its settings were last changed. Only a change of the mode changes anything, and
-- settings that are older than those of an earlier declaration change nothing. Returns the record.
local mode, only_if_missing, changed_at = ARGV[1], ARGV[2] == '1', ARGV[3]

local before, newest = unpack(redis.call('HMGET', mode_key, 'mode', 'changedAt'))
if changed_at ~= '' and newest and tonumber(changed_at) < tonumber(newest) then return redis.call('HGETALL', mode_key) end
if changed_at ~= '' then redis.call('HSET', mode_key, 'changedAt', changed_at) end
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
