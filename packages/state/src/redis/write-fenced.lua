-- Writes a record if the lock is still held by this token. Returns 1 when it was written.
local record_key, lock_key = KEYS[1], KEYS[2]
local text, life_s, token = ARGV[1], ARGV[2], ARGV[3]

if redis.call('GET', lock_key) ~= token then return 0 end
redis.call('SET', record_key, text, 'EX', life_s)
return 1
