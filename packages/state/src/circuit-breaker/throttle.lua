-- The system asked for a pause. Returns {'opened' | 'extended', wait in ms}.
local breaker_key = KEYS[1]
local wait_ms, code, life_ms = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3])

local now = now_ms()
local open_until, since, reason = unpack(redis.call('HMGET', breaker_key, 'until', 'since', 'reason'))
local was_throttled = open_until and reason == 'throttled'
local ends_at = math.max(now + wait_ms, was_throttled and tonumber(open_until) or 0)
redis.call('HSET', breaker_key, 'until', ends_at, 'since', was_throttled and since or now, 'delay', wait_ms, 'reason', 'throttled', 'code', code)
redis.call('HDEL', breaker_key, 'probe', 'probeUntil', 'kind', 'status', 'lastJob')
redis.call('PEXPIRE', breaker_key, ends_at - now + life_ms)
return {was_throttled and 'extended' or 'opened', ends_at - now}
