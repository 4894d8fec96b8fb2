-- Names the time since which events are Ponte's, because the package is off. Returns 'ok', or why it cannot be.
local off_at = ARGV[1]

local since, pruned_until, earlier, ended =
  unpack(redis.call('HMGET', mode_key, 'shadowSince', 'prunedUntil', 'offAt', 'shadowEndedAt'))
local at = tonumber(off_at)
if since and at < tonumber(since) then return 'before-shadow' end
if pruned_until and at <= tonumber(pruned_until) then return 'pruned' end
if earlier and at < tonumber(earlier) then return 'earlier' end
if earlier and ended and at > tonumber(earlier) then return 'live' end

local now = string.format('%.0f', now_ms())
if redis.call('HSETNX', mode_key, 'mode', 'live') == 1 then redis.call('HSET', mode_key, 'since', now) end
redis.call('HSET', mode_key, 'offAt', off_at, 'switchedAt', now)
redis.call('HDEL', mode_key, 'needsSwitch')
-- A time that was named before is being followed already.
if not earlier then going_live() end
return 'ok'
