-- Who owns an event: Ponte, or the shadow. It is the first member of a job's data, written once by the script that adds the job.

-- Records a tenant's mode where Redis holds none.
local function begin_mode(mode_key, mode)
  local now = string.format('%.0f', now_ms())
  redis.call('HSET', mode_key, 'mode', mode, 'since', now)
  if mode == 'shadow' then redis.call('HSET', mode_key, 'shadowSince', now) end
end

-- Who owns what comes now. `mode_of_file` counts where Redis holds none.
local function owner_now(mode_key, mode_of_file)
  local mode = redis.call('HGET', mode_key, 'mode')
  if not mode then
    mode = mode_of_file
    begin_mode(mode_key, mode)
  end
  return mode == 'shadow' and 'shadow' or 'ponte'
end

-- The owner in the data of a job, as JSON; nil where there is none.
local function owner_of(data)
  return data and string.match(data, '^{"owner":"(%l+)"')
end

-- The data with this owner, unless they have one.
local function with_owner(data, owner)
  if owner_of(data) or string.sub(data, 1, 1) ~= '{' then return data end
  local rest = string.sub(data, 2)
  return '{"owner":"' .. owner .. '"' .. (rest == '}' and '' or ',') .. rest
end
