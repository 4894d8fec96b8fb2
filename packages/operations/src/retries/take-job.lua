-- Says in a failed job that a retry has taken it, right before it is retried. Returns 1, or 0 when the job is no longer failed or another
-- retry that is at work has it.
local record, job = KEYS[1], KEYS[2]
local part, life_s = ARGV[1], ARGV[2]

local other, other_part = retry_of(job)
-- If the job names this retry already, the script was sent again because its answer was lost.
if other and (other ~= record or other_part ~= part) then
  local outcome = outcome_of(other, other_part, job)
  if not outcome then return 0 end
  count_retry(other, other_part, job, outcome)
end
local queue, id = string.match(job, '^(.*:)([^:]+)$')
local failed_at = redis.call('ZSCORE', queue .. 'failed', id)
if not failed_at then return 0 end
redis.call('HSET', job, 'retry', record .. ' ' .. part)
-- A later time in the queue will mean that the job has failed again.
redis.call('ZADD', record .. ':' .. part, failed_at, job)
redis.call('EXPIRE', record .. ':' .. part, life_s)
return 1
