-- For scripts that handle the jobs of a resend. A job under way is in the set `<record>:<part>`, with the time at which it had failed. Its
-- field `resend` names the record and the part.
local function resend_of(job)
  return string.match(redis.call('HGET', job, 'resend') or '', '^(%S+) (%S+)$')
end

local function is_working(record)
  return tonumber(redis.call('HGET', record, 'workingUntil') or 0) > now_ms()
end

-- A record that is gone does not come back: those of the oldest resends and of a forgotten tenant are removed.
local function add_to_record(record, field)
  if redis.call('EXISTS', record) == 1 then redis.call('HINCRBY', record, field, 1) end
end

-- Counts how a job ended, only once: a job is counted when it leaves the set of those under way.
local function count_resend(record, part, job, outcome)
  redis.call('HDEL', job, 'resend')
  if redis.call('ZREM', record .. ':' .. part, job) == 1 then add_to_record(record, part .. ' ' .. outcome) end
end

-- What became of a job under way, according to its queue. False or nil while it has not ended. `unsent`: the process that was to retry it
-- died.
local function outcome_of(record, part, job)
  local taken_at = redis.call('ZSCORE', record .. ':' .. part, job)
  if redis.call('EXISTS', job) == 0 then return 'gone' end
  local queue, id = string.match(job, '^(.*:)([^:]+)$')
  local failed_at = redis.call('ZSCORE', queue .. 'failed', id)
  if failed_at and failed_at == taken_at then return not is_working(record) and 'unsent' end
  if failed_at then return 'failed:' .. (string.match(redis.call('HGET', job, 'failedReason') or '', '^[A-Z_]+') or '') end
  if not redis.call('ZSCORE', queue .. 'completed', id) then return nil end
  local result = redis.call('HGET', job, 'returnvalue') or ''
  return string.find(result, '"outcome":"skipped"', 1, true) and 'skipped' or 'done'
end
