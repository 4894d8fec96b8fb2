-- Changes or ends a mute of a cause. It is one step, so that a worker brings back no mute that a person ended since it read, and ends none
-- that a person made anew.
local record_key = KEYS[1]
-- `mute`: '' ends it.
local muted_at, mute = ARGV[1], ARGV[2]

local stored = redis.call('HGET', record_key, 'mute')
local current = stored and cjson.decode(stored)
if not current or current.at ~= tonumber(muted_at) then return end
if mute == '' then
  redis.call('HDEL', record_key, 'mute')
elseif cjson.decode(mute).count < current.count then
  -- Another worker may have seen fewer failures meanwhile.
  redis.call('HSET', record_key, 'mute', mute)
end
