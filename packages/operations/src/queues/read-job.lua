-- Reads a job's members up to a limit, in one step, so that a job cannot grow between measuring and reading. Returns the length of its
-- data, then names and values. Data that are too long are left out, other members are cut.
local job_key = KEYS[1]
local max_data_bytes, max_member_bytes = tonumber(ARGV[1]), tonumber(ARGV[2])

local data_bytes = redis.call('HSTRLEN', job_key, 'data')
local found = {tostring(data_bytes)}
for _, name in ipairs(redis.call('HKEYS', job_key)) do
  if name ~= 'data' or data_bytes <= max_data_bytes then
    local value = redis.call('HGET', job_key, name)
    if name ~= 'data' and #value > max_member_bytes then value = string.sub(value, 1, max_member_bytes) end
    found[#found + 1] = name
    found[#found + 1] = value
  end
end
return found
