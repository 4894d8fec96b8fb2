-- One step: if each fence's lock is still held and each new lock is free, takes the new locks, makes the changes, and reads.
-- Returns { 'lost' }, { 'taken' }, or { 'done', what was read ... }; only in the last case was anything written.
local fences, new_locks, changes = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local new_token, lock_ms = ARGV[4], ARGV[5]
-- Then the fences' tokens, and what each change and each reading needs. The keys come in the same order.
local next_argument, next_key = 6, 1

local function argument()
  next_argument = next_argument + 1
  return ARGV[next_argument - 1]
end

local function key()
  next_key = next_key + 1
  return KEYS[next_key - 1]
end

local make = {
  set = function(name)
    local value, life_s = argument(), argument()
    redis.call('SET', name, value, 'EX', life_s)
  end,
  -- What is there already stays.
  begin = function(name)
    local value, life_s = argument(), argument()
    redis.call('SET', name, value, 'EX', life_s, 'NX')
  end,
  remove = function(name)
    redis.call('DEL', name)
  end,
  -- A member of a sorted set of bounded size. In one step, so that no key is ever without a time to live.
  add = function(name)
    local member, score, life_s, max_members, keeps_score = argument(), argument(), argument(), argument(), argument()
    if keeps_score == '1' then redis.call('ZADD', name, 'NX', score, member)
    else redis.call('ZADD', name, score, member) end
    redis.call('ZREMRANGEBYRANK', name, 0, -1 - max_members)
    redis.call('EXPIRE', name, life_s)
  end,
  drop = function(name)
    local member = argument()
    redis.call('ZREM', name, member)
  end,
  -- A lock, unless it belongs to somebody else by now.
  release = function(name)
    local token = argument()
    if redis.call('GET', name) == token then redis.call('DEL', name) end
  end,
}

local read = {
  text = function(name)
    return redis.call('GET', name)
  end,
  -- A life that begins anew with each reading.
  kept = function(name)
    local life_s = argument()
    return redis.call('GETEX', name, 'EX', life_s)
  end,
  members = function(name)
    return redis.call('ZRANGE', name, 0, -1, 'WITHSCORES')
  end,
}

for _ = 1, fences do
  if redis.call('GET', key()) ~= argument() then return { 'lost' } end
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

for _ = 1, changes do make[argument()](key()) end

local answer = { 'done' }
while next_key <= #KEYS do table.insert(answer, read[argument()](key())) end
return answer
