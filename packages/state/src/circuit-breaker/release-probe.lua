-- The probe ended without an answer about the system: another job may probe at once.
local breaker_key = KEYS[1]
local job = ARGV[1]

if redis.call('HGET', breaker_key, 'probe') == job then redis.call('HDEL', breaker_key, 'probe', 'probeUntil') end
return 1
