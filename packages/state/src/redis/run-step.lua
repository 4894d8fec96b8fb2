-- One step: if each fence's lock is still held and each new lock is free, takes the new locks, makes the changes, and reads.
-- Returns { 'lost' }, { 'taken' }, or { 'done', what was read ... }; only in the last case was anything written.
local fences, new_locks, changes = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local new_token, lock_ms = ARGV[4], ARGV[5]
-- ARGV continues with the fences' tokens, then what each change and each reading needs. KEYS are in the same order.
local next_argument, next_key = 6, 1

local function argument()
  next_argument = next_argument + 1
  return ARGV[next_argument - 1]
end

local function key()
  next_key = next_key + 1
  return KEYS[next_key - 1]
end

-- There is no table of functions by kind: Redis would build it anew whenever the script runs.
local held = {}
for _ = 1, fences do
  local lock, token = key(), argument()
  if redis.call('GET', lock) ~= token then return { 'lost' } end
  held[lock] = token
end

local locks = {}
for _ = 1, new_locks do
  local lock = key()
  local holder = redis.call('GET', lock)
  -- A step that is sent again, because its answer was lost, meets its own locks.
  if holder and holder ~= new_token then return { 'taken' } end
  table.insert(locks, lock)
end
for _, lock in ipairs(locks) do redis.call('SET', lock, new_token, 'PX', lock_ms) end

local released = {}
for _ = 1, changes do
  local kind, name = argument(), key()
  if kind == 'set' then
    local value, life_s = argument(), argument()
    redis.call('SET', name, value, 'EX', life_s)
  elseif kind == 'begin' then
    -- What is there already stays.
    local value, life_s = argument(), argument()
    redis.call('SET', name, value, 'EX', life_s, 'NX')
  elseif kind == 'remove' then
    redis.call('DEL', name)
  elseif kind == 'remove-unless' then
    local value = argument()
    local found = redis.call('GET', name)
    if found and found ~= value then redis.call('DEL', name) end
  elseif kind == 'add' then
    -- A member of a sorted set of bounded size. In one step, so that no key is ever without a time to live.
    local member, score, life_s, max_members, keeps_score = argument(), argument(), argument(), argument(), argument()
    if keeps_score == '1' then redis.call('ZADD', name, 'NX', score, member)
    else redis.call('ZADD', name, score, member) end
    redis.call('ZREMRANGEBYRANK', name, 0, -1 - max_members)
    redis.call('EXPIRE', name, life_s)
  elseif kind == 'drop' then
    redis.call('ZREM', name, argument())
  elseif kind == 'release' then
    -- A lock, unless it belongs to somebody else by now. Nothing else in a step writes locks, so they are deleted together at the end.
    local token = argument()
    if (held[name] or redis.call('GET', name)) == token then table.insert(released, name) end
  end
end
if #released > 0 then redis.call('DEL', unpack(released)) end

local answer = { 'done' }
while next_key <= #KEYS do
  local kind, name = argument(), key()
  if kind == 'members' then
    table.insert(answer, redis.call('ZRANGE', name, 0, -1, 'WITHSCORES'))
  else
    local value = redis.call('GET', name)
    table.insert(answer, value)
    if kind == 'kept' then
      -- The time to live is renewed at most once a day, or once in a thirtieth of it. So most readings write nothing to the disk.
      local life_s = tonumber(argument())
      local renewed_after_s = math.min(24 * 3600, life_s / 30)
      if value and redis.call('TTL', name) < life_s - renewed_after_s then redis.call('EXPIRE', name, life_s) end
    end
  end
end
return answer
