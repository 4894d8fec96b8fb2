-- Reads a record with how many jobs of each part are under way. First some of those jobs are looked at, so that each is counted that ended
-- or was removed without its end being recorded. Returns the record as names and values, nothing when there is none.
local record = KEYS[1]
local under_way_prefix, max_looks, stale_ms = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])

local alive_at, ended_at = unpack(redis.call('HMGET', record, 'aliveAt', 'endedAt'))
if not alive_at then return {} end
local is_working = not ended_at and now_ms() - alive_at < stale_ms

-- What became of a job; nothing while it is still to end.
local function outcome_of(queue, job_id, failed_before)
  if redis.call('EXISTS', queue .. job_id) == 0 then return 'gone' end
  local failed_at = redis.call('ZSCORE', queue .. 'failed', job_id)
  if failed_at == failed_before then return not is_working and 'unsent' end
  if failed_at then
    return 'failed:' .. (string.match(redis.call('HGET', queue .. job_id, 'failedReason') or '', '^[A-Z_]+') or '')
  end
  if not redis.call('ZSCORE', queue .. 'completed', job_id) then return nil end
  local result = redis.call('HGET', queue .. job_id, 'returnvalue') or ''
  return string.find(result, '"outcome":"skipped"', 1, true) and 'skipped' or 'done'
end

local found = redis.call('HGETALL', record)
local open = {}
for i = 1, #found, 2 do
  local part = string.match(found[i], '^(%S+) keys$')
  if part then
    local under_way, queue = under_way_prefix .. part, found[i + 1]
    local looks = max_looks > 0 and redis.call('ZRANDMEMBER', under_way, max_looks, 'WITHSCORES') or {}
    for j = 1, #looks, 2 do
      local outcome = outcome_of(queue, looks[j], looks[j + 1])
      if outcome then
        redis.call('ZREM', under_way, looks[j])
        if outcome ~= 'gone' then redis.call('HDEL', queue .. looks[j], 'resend') end
        -- What was not sent is what nothing is known of.
        if outcome ~= 'unsent' then redis.call('HINCRBY', record, part .. ' ' .. outcome, 1) end
      end
    end
    open[#open + 1] = part .. ' open'
    open[#open + 1] = tostring(redis.call('ZCARD', under_way))
  end
end
local answer = redis.call('HGETALL', record)
for _, each in ipairs(open) do answer[#answer + 1] = each end
answer[#answer + 1] = 'state'
answer[#answer + 1] = is_working and 'working' or (redis.call('HGET', record, 'endedAt') and redis.call('HEXISTS', record, 'stopped') == 0) and 'sent' or 'stopped'
return answer
