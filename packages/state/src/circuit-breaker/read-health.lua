-- Finds what may stop calls to these systems. Returns four numbers for each system: breaker, failures of reads, failures of writes, refused
-- credential. Each is 1 when there is one. Behind them come the fields and values of the tenant's mode.
local keys_per_system = 4
-- KEYS, for each system: breaker, failures of reads, failures of writes, refused credentials. The last key is the mode.
local keys, credentials = KEYS, ARGV

local answer = {}
for index, credential in ipairs(credentials) do
  local first = (index - 1) * keys_per_system
  for offset = 1, 3 do table.insert(answer, redis.call('EXISTS', keys[first + offset])) end
  local entry = redis.call('HGET', keys[first + 4], credential)
  table.insert(answer, entry and cjson.decode(entry).code and 1 or 0)
end
table.insert(answer, redis.call('HGETALL', keys[#keys]))
return answer
