-- Writes the record of a resend, and forgets the oldest records beyond the most that are kept.
local record, index = KEYS[1], KEYS[2]
local id, record_prefix, life_s, max_records = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local first_field = 5

local now = now_ms()
redis.call('HSET', record, 'at', now, 'aliveAt', now, unpack(ARGV, first_field))
redis.call('EXPIRE', record, life_s)
redis.call('ZADD', index, now, id)
for _, oldest in ipairs(redis.call('ZRANGE', index, 0, -1 - max_records)) do
  redis.call('DEL', record_prefix .. oldest)
  redis.call('ZREM', index, oldest)
end
redis.call('EXPIRE', index, life_s)
return now
