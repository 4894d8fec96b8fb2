-- Writes for how long from now a resend is at work. A record that is gone does not come back.
local record = KEYS[1]
local lease_ms = ARGV[1]

if redis.call('EXISTS', record) == 0 then return 0 end
redis.call('HSET', record, 'workingUntil', now_ms() + lease_ms)
return 1
