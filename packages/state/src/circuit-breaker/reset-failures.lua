-- Forgets the streaks that consist of this correlation key's failures alone.
local correlation_key = ARGV[1]

for _, failures_key in ipairs(KEYS) do
  local first, several = unpack(redis.call('HMGET', failures_key, 'correlationKey', 'several'))
  if first == correlation_key and not several then redis.call('DEL', failures_key) end
end
return 1
