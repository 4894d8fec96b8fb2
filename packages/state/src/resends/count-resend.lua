-- For scripts that deal with the jobs of a resend. A job that is under way stands in the set of its part, with the time at which it had
-- failed, and names the resend's record and the part in its field `resend`. The set is `<record>:<part>`.
local function resend_of(job)
  return string.match(redis.call('HGET', job, 'resend') or '', '^(%S+) (%S+)$')
end

-- Counts how a job ended. Once, however often it is said: a job is counted when it leaves the set of those under way.
local function count_resend(record, part, job, outcome)
  redis.call('HDEL', job, 'resend')
  if redis.call('ZREM', record .. ':' .. part, job) == 0 then return end
  -- Of the oldest resends nothing is kept.
  if redis.call('EXISTS', record) == 1 then redis.call('HINCRBY', record, part .. ' ' .. outcome, 1) end
end

-- What became of a job under way, as its queue has it. Nothing while it is still to end. `unsent`: the process that was to retry it died.
local function outcome_of(record, part, job)
  if redis.call('EXISTS', job) == 0 then return 'gone' end
  local queue, id = string.match(job, '^(.*:)([^:]+)$')
  local failed_at = redis.call('ZSCORE', queue .. 'failed', id)
  if failed_at and failed_at == redis.call('ZSCORE', record .. ':' .. part, job) then
    local is_working = tonumber(redis.call('HGET', record, 'workingUntil') or 0) > now_ms()
    return not is_working and 'unsent'
  end
  if failed_at then return 'failed:' .. (string.match(redis.call('HGET', job, 'failedReason') or '', '^[A-Z_]+') or '') end
  if not redis.call('ZSCORE', queue .. 'completed', id) then return nil end
  local result = redis.call('HGET', job, 'returnvalue') or ''
  return string.find(result, '"outcome":"skipped"', 1, true) and 'skipped' or 'done'
end
