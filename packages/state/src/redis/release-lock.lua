-- Removes those of the keys that this token still holds.
local token = ARGV[1]

for _, key in ipairs(KEYS) do
  if redis.call('GET', key) == token then redis.call('DEL', key) end
end
return 1
