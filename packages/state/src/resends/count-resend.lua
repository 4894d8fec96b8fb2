-- For scripts that record the end of a job: counts it in the resend that the job belongs to, if it belongs to one. Once, however often the
-- end is recorded: a job is counted when it leaves the set of those under way. `records`, `under_way`: how the keys of both begin.
local function count_resend(job, job_id, outcome, records, under_way)
  local id, part = string.match(redis.call('HGET', job, 'resend') or '', '^(%S+) (%S+)$')
  if not id then return end
  if redis.call('ZREM', under_way .. id .. ':' .. part, job_id) == 1 then
    redis.call('HINCRBY', records .. id, part .. ' ' .. outcome, 1)
  end
  redis.call('HDEL', job, 'resend')
end
