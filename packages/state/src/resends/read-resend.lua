-- Reads a record as names and values, and how many jobs of each part are under way. Before that, some of these jobs are checked, to count
-- those that ended or were removed without being recorded.
local record, max_looks = KEYS[1], tonumber(ARGV[1])

local open = {}
for _, field in ipairs(redis.call('HKEYS', record)) do
  local part = string.match(field, '^(%S+) asked$')
  if part then
    local under_way = record .. ':' .. part
    for _, job in ipairs(max_looks > 0 and redis.call('ZRANDMEMBER', under_way, max_looks) or {}) do
      local outcome = outcome_of(record, part, job)
      if outcome then count_resend(record, part, job, outcome) end
    end
    open[#open + 1] = part .. ' open'
    open[#open + 1] = tostring(redis.call('ZCARD', under_way))
  end
end
local answer = redis.call('HGETALL', record)
for _, each in ipairs(open) do answer[#answer + 1] = each end
return answer
