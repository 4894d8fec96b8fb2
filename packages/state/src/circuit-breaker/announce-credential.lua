-- A process starts with this credential. It becomes the newest, and refusals of all others are forgotten. Returns 1 when there was one.
local key, credential = KEYS[1], ARGV[1]
local life_ms = tonumber(ARGV[2])

local forgotten = 0
for _, field in ipairs(redis.call('HKEYS', key)) do
  if field ~= 'newest' and field ~= credential then
    redis.call('HDEL', key, field)
    forgotten = 1
  end
end
redis.call('HSET', key, 'newest', credential)
redis.call('PEXPIRE', key, life_ms)
return forgotten
