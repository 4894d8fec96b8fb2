-- Replaces a job of the shadow, if it is still there. Returns whether it was.
local id, job = ARGV[1], ARGV[2]

if redis.call('HEXISTS', jobs_key, id) == 0 then return 0 end
redis.call('HSET', jobs_key, id, job)
return 1
