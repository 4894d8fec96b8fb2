--- The bytes that Redis uses and the most that it may use, 0 without a limit. Asked for at most every 5 s, because the answer takes Redis
--- longer than what it is needed for.
local function memory_of(key)
  local known = redis.call('GET', key)
  if not known then
    local info = redis.call('INFO', 'memory')
    known = (string.match(info, 'used_memory:(%d+)') or '0') .. ' ' .. (string.match(info, 'maxmemory:(%d+)') or '0')
    redis.call('SET', key, known, 'PX', 5000)
  end
  local used, max = string.match(known, '(%d+) (%d+)')
  return tonumber(used), tonumber(max)
end

--- The most bytes that may be kept of a tenant: what its setting allows, and a quarter of what Redis may use. Behind it what `memory_of` says.
local function most_bytes_of(setting, key)
  local used, max = memory_of(key)
  local most = tonumber(setting)
  if max > 0 then most = math.min(most, max / 4) end
  return most, used, max
end
