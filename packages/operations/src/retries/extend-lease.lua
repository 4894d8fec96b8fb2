-- Writes for how long from now a retry is at work, and at its end whether it came to all its jobs. A record that is gone does not come back.
local record = KEYS[1]
local lease_ms, is_whole = ARGV[1], ARGV[2] == 'whole'

if redis.call('EXISTS', record) == 0 then return 0 end
redis.call('HSET', record, 'workingUntil', now_ms() + lease_ms)
if is_whole then redis.call('HSET', record, 'isWhole', 1) end
return 1
