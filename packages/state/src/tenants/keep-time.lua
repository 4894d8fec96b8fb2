-- A process serves this tenant. Keeps since when Ponte has worked for it, when it was served last, and when nobody served it for too long.
-- All times are milliseconds since 1970.
local start_key, served_key, absences_key = KEYS[1], KEYS[2], KEYS[3]
local away_after_ms, most_absences = tonumber(ARGV[1]), tonumber(ARGV[2])

local now = now_ms()
local start = redis.call('GET', start_key)
if not start then
  start = string.format('%.0f', now)
  redis.call('SET', start_key, start)
end
local served = tonumber(redis.call('GET', served_key) or now)
if now - served > away_after_ms then
  redis.call('ZADD', absences_key, now, string.format('%.0f', served))
  redis.call('ZREMRANGEBYRANK', absences_key, 0, -1 - most_absences)
end
redis.call('SET', served_key, string.format('%.0f', math.max(now, served)))
return { start, redis.call('ZRANGE', absences_key, 0, -1, 'WITHSCORES') }
