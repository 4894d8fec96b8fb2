-- Prolongs all keys if this token still holds every one of them. Returns 1 when it does.
local token, lock_ms = ARGV[1], ARGV[2]

for _, key in ipairs(KEYS) do
  if redis.call('GET', key) ~= token then return 0 end
end
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, lock_ms) end
return 1
