-- Replaces a sealed text unless it was changed since it was read: a worker may have renewed it. Its time to live stays.
local key = KEYS[1]
local sealed_before, sealed_after = ARGV[1], ARGV[2]

if redis.call('GET', key) ~= sealed_before then return 0 end
redis.call('SET', key, sealed_after, 'KEEPTTL')
return 1
