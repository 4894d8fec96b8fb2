-- A job was not retried: it is no longer failed, or not with this code.
local record, under_way = KEYS[1], KEYS[2]
local id, part, job_id = ARGV[1], ARGV[2], ARGV[3]

local job = redis.call('HGET', record, part .. ' keys') .. job_id
redis.call('ZREM', under_way, job_id)
if redis.call('HGET', job, 'resend') == id .. ' ' .. part then redis.call('HDEL', job, 'resend') end
redis.call('HINCRBY', record, part .. ' left', 1)
return 1
