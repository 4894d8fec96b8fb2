-- Writes the sealed tokens unless somebody has written since they were read ('': there were none). Returns 1 when they were written.
local key = KEYS[1]
local sealed_before, sealed_after = ARGV[1], ARGV[2]

if (redis.call('GET', key) or '') ~= sealed_before then return 0 end
redis.call('SET', key, sealed_after)
return 1
