-- When a process first read this refresh token from its tenants file. The first process records it. Returns milliseconds since 1970.
local seeds_key = KEYS[1]
local seed, age_ms = ARGV[1], tonumber(ARGV[2])
local max_seeds, life_s = tonumber(ARGV[3]), ARGV[4]

local since = now_ms() - age_ms
local known = tonumber(redis.call('HGET', seeds_key, seed) or since + 1)
if known > since then
  redis.call('HSET', seeds_key, seed, since)
else
  since = known
end

if redis.call('HLEN', seeds_key) > max_seeds then
  local oldest, oldest_since = nil, math.huge
  local pairs_of_seeds = redis.call('HGETALL', seeds_key)
  for i = 1, #pairs_of_seeds, 2 do
    local other, other_since = pairs_of_seeds[i], tonumber(pairs_of_seeds[i + 1])
    if other ~= seed and other_since < oldest_since then oldest, oldest_since = other, other_since end
  end
  redis.call('HDEL', seeds_key, oldest)
end
redis.call('EXPIRE', seeds_key, life_s)
return tostring(since)
