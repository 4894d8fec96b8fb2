-- Takes the next free moment for a call. Returns {1, wait in ms}, or {0, wait in ms} when that is too long and nothing was taken.
local next_slot_key = KEYS[1]
local interval_ms, max_wait_ms, keep_ms = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])

local now = precise_now()
local slot = math.max(now, tonumber(redis.call('GET', next_slot_key) or 0))
local wait = slot - now
if wait > max_wait_ms then return {0, math.ceil(wait)} end
redis.call('SET', next_slot_key, string.format('%.3f', slot + interval_ms), 'PX', math.ceil(wait + interval_ms) + keep_ms)
return {1, math.ceil(wait)}
