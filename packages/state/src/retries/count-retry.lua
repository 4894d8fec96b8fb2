-- For scripts that handle the jobs of a retry. A job under way is in the set `<record>:<part>`, with the time at which it had failed. The
-- time is negative when the retry was found to have stopped before it retried the job. The field `retry` of a job under way names the
-- record and the part.
local function retry_of(job)
  return string.match(redis.call('HGET', job, 'retry') or '', '^(%S+) (%S+)$')
end

local function is_working(record)
  return tonumber(redis.call('HGET', record, 'workingUntil') or 0) > now_ms()
end

-- A record that is gone does not come back: those of the oldest retries and of a forgotten tenant are removed.
local function add_to_record(record, field)
  if redis.call('EXISTS', record) == 1 then redis.call('HINCRBY', record, field, 1) end
end

-- Counts how a job ended, only once: a job is counted when it leaves the set of those under way. A job that is `unsent` stays in it, because
-- the process that was to retry it may be slow and not dead. Another retry may have taken the job since: it keeps it.
local function count_retry(record, part, job, outcome)
  local under_way = record .. ':' .. part
  if redis.call('HGET', job, 'retry') == record .. ' ' .. part then redis.call('HDEL', job, 'retry') end
  if outcome == 'unsent' then
    redis.call('ZADD', under_way, 'XX', -redis.call('ZSCORE', under_way, job), job)
  elseif redis.call('ZREM', under_way, job) == 1 then
    add_to_record(record, part .. ' ' .. outcome)
  end
end

-- The events that were read from a quarantined delivery stand in its retry for the delivery: reading delivers nothing by itself. A score
-- of 0: an event's failure counts whenever it was. Returns whether there are any.
local function follow_events(record, part, delivery, events, is_read)
  local under_way, added = record .. ':' .. part, 0
  for _, job in ipairs(events) do
    added = added + redis.call('ZADD', under_way, 'NX', 0, job)
    if redis.call('EXISTS', job) == 1 then redis.call('HSET', job, 'retry', record .. ' ' .. part) end
  end
  if is_read and #events > 0 then
    redis.call('HDEL', delivery, 'retry')
    added = added - redis.call('ZREM', under_way, delivery)
  end
  if redis.call('EXISTS', record) == 1 then redis.call('HINCRBY', record, part .. ' asked', added) end
  return is_read and #events > 0
end

-- What became of a job under way, according to its queue. False or nil while it has not ended. `unsent`: the process that was to retry it
-- died.
local function outcome_of(record, part, job)
  local taken_at = redis.call('ZSCORE', record .. ':' .. part, job)
  -- Only a retry that came to all its jobs has retried this one after all. Otherwise somebody else has, or nobody.
  if taken_at and tonumber(taken_at) < 0 and redis.call('HEXISTS', record, 'isWhole') == 0 then return nil end
  if redis.call('EXISTS', job) == 0 then return 'gone' end
  local queue, id = string.match(job, '^(.*:)([^:]+)$')
  local failed_at = redis.call('ZSCORE', queue .. 'failed', id)
  if failed_at and failed_at == taken_at then return not is_working(record) and 'unsent' end
  if failed_at then return 'failed:' .. (string.match(redis.call('HGET', job, 'failedReason') or '', '^[A-Z_]+') or '') end
  if not redis.call('ZSCORE', queue .. 'completed', id) then return nil end
  -- Nobody has recorded what was read from this delivery.
  if string.find(queue, '%.quarantine:$') then return 'gone' end
  local result = redis.call('HGET', job, 'returnvalue') or ''
  return string.find(result, '"outcome":"skipped"', 1, true) and 'skipped' or 'done'
end
