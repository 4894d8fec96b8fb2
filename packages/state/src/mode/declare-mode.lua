-- A process tells the mode of its tenants file. It counts where Redis holds none, and `live` ends a shadow that no way back began. Returns
-- the record.
local mode, only_if_missing = ARGV[1], ARGV[2] == '1'

local before, needs_switch = unpack(redis.call('HMGET', mode_key, 'mode', 'needsSwitch'))
if not before then
  begin_mode(mode_key, mode)
elseif before == 'shadow' and mode == 'live' and not only_if_missing and not needs_switch then
  local now = string.format('%.0f', now_ms())
  redis.call('HSET', mode_key, 'mode', mode, 'since', now, 'shadowEndedAt', now)
  redis.call('HDEL', mode_key, 'isDraining')
  going_live()
end
return redis.call('HGETALL', mode_key)
