-- Keeps a job of Ponte's outside the queues. Returns 0, and keeps nothing, unless the tenant is in the shadow and drains no more, and
-- the job is still there. KEYS[6]: the job in its queue, if it is in one.
local id, job, received_at = ARGV[1], ARGV[2], ARGV[3]
local job_key = KEYS[6]

local mode, draining = unpack(redis.call('HMGET', mode_key, 'mode', 'isDraining'))
if mode ~= 'shadow' or draining then return 0 end
if job_key and redis.call('EXISTS', job_key) == 0 then return 0 end
keep_rest(id, job, received_at)
return 1
