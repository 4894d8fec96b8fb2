-- Replaces a text unless somebody has changed it since it was read ('': there was none). It lives as long as before. Returns 1 when it did.
local key = KEYS[1]
local before, after = ARGV[1], ARGV[2]

if (redis.call('GET', key) or '') ~= before then return 0 end
redis.call('SET', key, after, 'KEEPTTL')
return 1
