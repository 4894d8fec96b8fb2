-- Says in a failed job that a resend has taken it, right before it is retried. Returns 1, or 0 when the job is no longer failed or another
-- resend that is at work has it.
local record, under_way = KEYS[1], KEYS[2]
local id, part, job_id = ARGV[1], ARGV[2], ARGV[3]
local record_prefix, under_way_prefix, stale_ms, life_s = ARGV[4], ARGV[5], tonumber(ARGV[6]), ARGV[7]

local queue = redis.call('HGET', record, part .. ' keys')
local job = queue .. job_id

local function is_taken()
  local other_id, other_part = string.match(redis.call('HGET', job, 'resend') or '', '^(%S+) (%S+)$')
  if not other_id then return false end
  local other = redis.call('HMGET', record_prefix .. other_id, 'aliveAt', 'endedAt')
  if other[1] and not other[2] and now_ms() - other[1] < stale_ms then return true end
  -- That resend stopped before it retried the job.
  redis.call('ZREM', under_way_prefix .. other_id .. ':' .. other_part, job_id)
  return false
end

local failed_at = redis.call('ZSCORE', queue .. 'failed', job_id)
if not failed_at or is_taken() then
  redis.call('HINCRBY', record, part .. ' left', 1)
  return 0
end
redis.call('HSET', job, 'resend', id .. ' ' .. part)
-- When it had failed: whether it fails again can be told from the time.
redis.call('ZADD', under_way, failed_at, job_id)
redis.call('EXPIRE', under_way, life_s)
return 1
