-- Brings the sets of failed events up to date with the failed jobs of a queue, and counts the events by cause. BullMQ alone decides which
-- jobs are failed: a run may fail them, a worker that stalls, a person may retry or remove them, and some processes are not Ponte's. Of the
-- marks of an opportunity only the newest failure is in a set: once it succeeds the others are obsolete.
-- `known`: the failed jobs as they were seen last. `jobs`: of each its cause, and for a mark its opportunity. `marks`: of each opportunity
-- its failed jobs, the one that counts first. `causes`: the names of the sets.
local failed, known, jobs, marks, causes = unpack(KEYS)
local job_prefix, cause_prefix = ARGV[1], ARGV[2]
-- A cause is `CODE/event`. Both lists begin and end with a space.
local codes, mark_events = ARGV[3], ARGV[4]
local most_changes, since, cursor = tonumber(ARGV[5]), ARGV[6], ARGV[7]
-- So many of the newest are compared one by one each time, and of others parts of this size whose numbers differ.
local PART = 100
-- A round of housekeeping compares so many one by one at once.
local LARGE_PART = 500

local function list_of(text)
  local list = {}
  for each in string.gmatch(text or '', '%S+') do list[#list + 1] = each end
  return list
end

local function is_in(list, word)
  return word and string.find(list, ' ' .. word .. ' ', 1, true) ~= nil
end

local function cause_of(id)
  return list_of(redis.call('HGET', jobs, id))[1]
end

local function put(id)
  local cause = cause_of(id)
  redis.call('ZADD', cause_prefix .. cause, redis.call('ZSCORE', known, id), id)
  redis.call('SADD', causes, cause)
end

local function take(id)
  local cause = cause_of(id)
  redis.call('ZREM', cause_prefix .. cause, id)
  if redis.call('EXISTS', cause_prefix .. cause) == 0 then redis.call('SREM', causes, cause) end
end

-- Puts the newest of them first. Of two that failed in the same millisecond the order of BullMQ's set decides.
local function put_newest(opportunity, ids)
  local first, latest = 1, nil
  for i, id in ipairs(ids) do
    local at = tonumber(redis.call('ZSCORE', known, id))
    if not latest or at > latest or (at == latest and id > ids[first]) then first, latest = i, at end
  end
  ids[1], ids[first] = ids[first], ids[1]
  redis.call('HSET', marks, opportunity, table.concat(ids, ' '))
  put(ids[1])
end

local changes = 0

local function remove(id)
  changes = changes + 1
  local opportunity = list_of(redis.call('HGET', jobs, id))[2]
  take(id)
  redis.call('ZREM', known, id)
  redis.call('HDEL', jobs, id)
  if not opportunity then return end
  local ids, others = list_of(redis.call('HGET', marks, opportunity)), {}
  for _, each in ipairs(ids) do
    if each ~= id then others[#others + 1] = each end
  end
  if #others == 0 then
    redis.call('HDEL', marks, opportunity)
  elseif ids[1] == id then
    put_newest(opportunity, others)
  else
    redis.call('HSET', marks, opportunity, table.concat(others, ' '))
  end
end

local function opportunity_of(data)
  local is_read, found = pcall(cjson.decode, data or '')
  local id = is_read and type(found) == 'table' and found.opportunityId
  return type(id) == 'string' and string.find(id, '^%S+$') and id
end

-- The cause of a failed job, and its name.
local function read_cause(id)
  local reason, event = unpack(redis.call('HMGET', job_prefix .. id, 'failedReason', 'name'))
  local code = string.match(reason or '', '^([A-Z_]+):') or string.match(reason or '', '^([A-Z_]+)$')
  return (is_in(codes, code) and code or 'WITHOUT_CODE') .. '/' .. string.gsub(event or '', '%s', '_'), event
end

local function add(id, at)
  changes = changes + 1
  local cause, event = read_cause(id)
  local is_mark = is_in(mark_events, event) and not string.find(id, '%s')
  local opportunity = is_mark and opportunity_of(redis.call('HGET', job_prefix .. id, 'data'))
  redis.call('ZADD', known, at, id)
  redis.call('HSET', jobs, id, cause .. (opportunity and ' ' .. opportunity or ''))
  if not opportunity then return put(id) end
  local ids = list_of(redis.call('HGET', marks, opportunity))
  if ids[1] then take(ids[1]) end
  ids[#ids + 1] = id
  put_newest(opportunity, ids)
end

local function members(key, low, high)
  local found, at_of = redis.call('ZRANGEBYSCORE', key, low, high, 'WITHSCORES'), {}
  for i = 1, #found, 2 do at_of[found[i]] = found[i + 1] end
  return found, at_of
end

-- Compares one by one what failed within these times. `is_whole`: the cause too, for a clock that was set back to the very millisecond.
local function compare(low, high, is_whole)
  local found, is_failed = members(failed, low, high)
  local seen, was_at = members(known, low, high)
  for i = 1, #seen, 2 do
    if is_failed[seen[i]] ~= seen[i + 1] then remove(seen[i]) end
  end
  for i = 1, #found, 2 do
    local id, at = found[i], found[i + 1]
    if was_at[id] ~= at or (is_whole and cause_of(id) ~= read_cause(id)) then
      if redis.call('ZSCORE', known, id) then remove(id) end
      add(id, at)
    end
  end
end

local function at_rank(key, low, high, rank)
  return redis.call('ZRANGEBYSCORE', key, low, high, 'WITHSCORES', 'LIMIT', rank, 1)[2]
end

-- Finds what differs by the numbers of ever smaller parts: where these agree nothing is read.
local function search(low, high)
  if changes >= most_changes then return end
  local here, there = redis.call('ZCOUNT', failed, low, high), redis.call('ZCOUNT', known, low, high)
  if here == there then return end
  if math.max(here, there) <= PART then return compare(low, high) end
  local larger = here > there and failed or known
  local middle = at_rank(larger, low, high, math.floor(math.max(here, there) / 2))
  search(low, '(' .. middle)
  if at_rank(larger, low, high, 0) ~= middle then return search(middle, high) end
  -- More than half of them failed in one millisecond.
  if redis.call('ZCOUNT', failed, middle, middle) ~= redis.call('ZCOUNT', known, middle, middle) then compare(middle, middle) end
  search('(' .. middle, high)
end

-- Lost in part, they begin anew.
local number = redis.call('ZCARD', known)
local is_lost = number ~= redis.call('HLEN', jobs) or (number > 0 and redis.call('EXISTS', causes) == 0)
if most_changes > 0 and is_lost then
  local names = redis.call('SMEMBERS', causes)
  if #names == 0 then names = redis.call('HVALS', jobs) end
  for _, name in ipairs(names) do redis.call('DEL', cause_prefix .. list_of(name)[1]) end
  redis.call('DEL', known, jobs, marks, causes)
end

local next_cursor = ''
if most_changes == 0 then
  -- Redis is full: what was seen last.
elseif cursor == '' then
  local newest = redis.call('ZREVRANGE', failed, PART - 1, PART - 1, 'WITHSCORES')[2]
  if not newest then
    compare('-inf', '+inf')
  else
    if redis.call('ZCOUNT', failed, newest, '+inf') <= 2 * PART then compare(newest, '+inf') else search(newest, '+inf') end
    search('-inf', '(' .. newest)
  end
else
  local last = at_rank(failed, cursor, '+inf', LARGE_PART)
  compare(cursor, last or '+inf', true)
  next_cursor = last and '(' .. last or ''
end

local answer = { changes >= most_changes and most_changes > 0 and 1 or 0, next_cursor }
for _, cause in ipairs(redis.call('SMEMBERS', causes)) do
  local set = cause_prefix .. cause
  local count = redis.call('ZCOUNT', set, since, '+inf')
  if count > 0 then
    answer[#answer + 1] = cause
    answer[#answer + 1] = count
    answer[#answer + 1] = at_rank(set, since, '+inf', 0)
    answer[#answer + 1] = redis.call('ZREVRANGE', set, 0, 0, 'WITHSCORES')[2]
  end
end
return answer
