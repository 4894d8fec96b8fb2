-- Reads a record as names and values, whether the retry is at work, and how many jobs of each part are under way. Before that, some of
-- these jobs are checked, to count those that ended or were removed without being recorded.
local record, max_looks = KEYS[1], tonumber(ARGV[1])

local found = { 'isWorking', is_working(record) and 1 or 0 }
local first_under_way = redis.call('HEXISTS', record, 'isWhole') == 1 and '-inf' or 0
for _, field in ipairs(redis.call('HKEYS', record)) do
  local part = string.match(field, '^(%S+) asked$')
  if part then
    local under_way = record .. ':' .. part
    for _, job in ipairs(max_looks > 0 and redis.call('ZRANDMEMBER', under_way, max_looks) or {}) do
      local outcome = outcome_of(record, part, job)
      if outcome then count_retry(record, part, job, outcome) end
    end
    found[#found + 1] = part .. ' open'
    found[#found + 1] = redis.call('ZCOUNT', under_way, first_under_way, '+inf')
  end
end
local answer = redis.call('HGETALL', record)
for _, each in ipairs(found) do answer[#answer + 1] = each end
return answer
