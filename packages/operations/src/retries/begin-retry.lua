--- script take-job
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

--- script leave-job
-- A retry leaves out a job: it is no longer failed, or another retry has it. If this retry had taken it, its end may be counted.
local record, job = KEYS[1], KEYS[2]
local part, is_taken = ARGV[1], ARGV[2] == 'taken'

if is_taken then count_retry(record, part, job, 'left') else add_to_record(record, part .. ' left') end
return 1

--- script extend-lease
-- Writes for how long from now a retry is at work, and at its end whether it came to all its jobs. A record that is gone does not come back.
local record = KEYS[1]
local lease_ms, is_whole = ARGV[1], ARGV[2] == 'whole'

if redis.call('EXISTS', record) == 0 then return 0 end
redis.call('HSET', record, 'workingUntil', now_ms() + lease_ms)
if is_whole then redis.call('HSET', record, 'isWhole', 1) end
return 1
