-- Writes a record if the lock is still held by this token, and sets and removes flags in the same step. Returns 1 when it was written.
local record_key, lock_key = KEYS[1], KEYS[2]
local text, life_s, token, flags_to_set = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local first_flag = 3

if redis.call('GET', lock_key) ~= token then return 0 end
redis.call('SET', record_key, text, 'EX', life_s)
for index = first_flag, #KEYS do
  if index < first_flag + flags_to_set then redis.call('SET', KEYS[index], '1', 'EX', life_s)
  else redis.call('DEL', KEYS[index]) end
end
return 1
