-- For scripts that handle the jobs of a resend. A job under way is in the set `<record>:<part>`, with the time at which it had failed. Its
-- field `resend` names the record and the part.
local function resend_of(job)
  return string.match(redis.call('HGET', job, 'resend') or '', '^(%S+) (%S+)$')
end

-- Counts how a job ended, only once: a job is counted when it leaves the set of those under way.
local function count_resend(record, part, job, outcome)
  redis.call('HDEL', job, 'resend')
  if redis.call('ZREM', record .. ':' .. part, job) == 0 then return end
  -- The record may be gone: those of the oldest resends are removed.
  if redis.call('EXISTS', record) == 1 then redis.call('HINCRBY', record, part .. ' ' .. outcome, 1) end
end

-- What became of a job under way, according to its queue. False or nil while it has not ended. `unsent`: the process that was to retry it
-- died.
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
