-- Brings a live tenant back into the shadow. Returns the record, or nothing while the tenant goes live.
local how = ARGV[1]

local mode, going, off_at, ended = unpack(redis.call('HMGET', mode_key, 'mode', 'isGoingLive', 'offAt', 'shadowEndedAt'))
if not mode then
  begin_mode(mode_key, 'shadow')
elseif mode == 'shadow' then
  if how ~= 'draining' then redis.call('HDEL', mode_key, 'isDraining') end
elseif how ~= 'drained' then
  if going then
    if how ~= 'now' then return false end
    -- It came while the package was off, so it is Ponte's and undone.
    local due = redis.call('ZRANGEBYSCORE', index_key, off_at, '+inf')
    for _, id in ipairs(due) do keep_rest(id, redis.call('HGET', jobs_key, id), redis.call('ZSCORE', index_key, id)) end
    redis.call('DEL', jobs_key, index_key)
  end
  local now = string.format('%.0f', now_ms())
  redis.call('HDEL', mode_key, 'offAt', 'switchedAt', 'shadowEndedAt', 'isGoingLive', 'formerUntil')
  redis.call('HSET', mode_key, 'mode', 'shadow', 'since', now, 'shadowSince', now, 'needsSwitch', 1)
  if off_at or ended then redis.call('HSET', mode_key, 'formerUntil', off_at or ended) end
  if how == 'draining' then redis.call('HSET', mode_key, 'isDraining', 1) end
end
return redis.call('HGETALL', mode_key)
