-- Takes all keys for this token, or none. Returns 1 when it took them.
local token, lock_ms = ARGV[1], ARGV[2]

for _, key in ipairs(KEYS) do
  if redis.call('EXISTS', key) == 1 then return 0 end
end
for _, key in ipairs(KEYS) do redis.call('SET', key, token, 'PX', lock_ms) end
return 1
