-- For the scripts of this folder. KEYS: the record of the mode; the jobs of the shadow, and their index by receivedAt; the same of the rest.
local mode_key, jobs_key, index_key, rest_key, rest_index_key = unpack(KEYS)

-- Takes jobs out of the shadow and the rest: a list of ids.
local function drop_jobs(ids)
  -- Few at a time, because Lua unpacks a limited number of values.
  for first = 1, #ids, 1000 do
    local some = { unpack(ids, first, math.min(first + 999, #ids)) }
    redis.call('HDEL', jobs_key, unpack(some))
    redis.call('ZREM', index_key, unpack(some))
    redis.call('HDEL', rest_key, unpack(some))
    redis.call('ZREM', rest_index_key, unpack(some))
  end
end

-- Drops the jobs of the shadow that are older than `keep_ms`, and the oldest beyond `most`. Once a switch has named the end of the package,
-- none that came since is dropped. Live without a switch, the last ones stay for `keep_ms` more.
local function prune_shadow(keep_ms, most)
  local mode, ended, off_at = unpack(redis.call('HMGET', mode_key, 'mode', 'shadowEndedAt', 'offAt'))
  local now = now_ms()
  local until_ms = now
  if mode ~= 'shadow' and ended then until_ms = now < ended + keep_ms and tonumber(ended) or math.huge end
  local limit = off_at and '(' .. off_at or '+inf'
  local old = until_ms == math.huge and limit or '(' .. math.min(until_ms - keep_ms, tonumber(off_at or until_ms))
  local dropped = redis.call('ZRANGEBYSCORE', index_key, '-inf', old)
  local left = redis.call('ZCARD', index_key) - #dropped
  if left > most then
    for _, id in ipairs(redis.call('ZRANGEBYSCORE', index_key, '-inf', limit, 'LIMIT', #dropped, left - most)) do
      dropped[#dropped + 1] = id
    end
  end
  if #dropped == 0 then return end
  local pruned_until = tonumber(redis.call('ZSCORE', index_key, dropped[#dropped]))
  drop_jobs(dropped)
  if pruned_until > tonumber(redis.call('HGET', mode_key, 'prunedUntil') or 0) then
    redis.call('HSET', mode_key, 'prunedUntil', string.format('%.0f', pruned_until))
  end
end

-- The tenant goes live: what came since the package was off is to be enqueued, and what waits gets the owner that it has from now on. Without
-- a switch, nothing of the shadow is known to be Ponte's.
local function going_live()
  local mode, off_at, since = unpack(redis.call('HMGET', mode_key, 'mode', 'offAt', 'shadowSince'))
  if mode == 'live' and off_at and since then redis.call('HSET', mode_key, 'isGoingLive', 1) end
end

-- Keeps a job of the rest.
local function keep_rest(id, job, received_at)
  redis.call('HSET', rest_key, id, job)
  redis.call('ZADD', rest_index_key, received_at, id)
end

--- script declare-mode
-- A process tells the mode of its tenants file. It counts where Redis holds none, and `live` ends a shadow that no way back began. Returns
-- the record.
local mode, only_if_missing = ARGV[1], ARGV[2] == '1'

local before, needs_switch = unpack(redis.call('HMGET', mode_key, 'mode', 'needsSwitch'))
if not before then
  begin_mode(mode_key, mode)
elseif before == 'shadow' and mode == 'live' and not only_if_missing and not needs_switch then
  local now = string.format('%.0f', now_ms())
  redis.call('HSET', mode_key, 'mode', mode, 'since', now, 'shadowEndedAt', now)
  redis.call('HDEL', mode_key, 'isDraining')
  going_live()
end
return redis.call('HGETALL', mode_key)

--- script go-back
-- Brings a live tenant back into the shadow. Returns the record, or nothing while the tenant goes live.
local how = ARGV[1]

local mode, going, off_at, ended = unpack(redis.call('HMGET', mode_key, 'mode', 'isGoingLive', 'offAt', 'shadowEndedAt'))
if not mode then
  begin_mode(mode_key, 'shadow')
elseif mode == 'shadow' then
  if how ~= 'draining' then redis.call('HDEL', mode_key, 'isDraining') end
elseif how ~= 'drained' then
  if going then
    if how ~= 'now' then return false end
    -- It came while the package was off, so it is Ponte's and undone.
    local due = redis.call('ZRANGEBYSCORE', index_key, off_at, '+inf')
    for _, id in ipairs(due) do keep_rest(id, redis.call('HGET', jobs_key, id), redis.call('ZSCORE', index_key, id)) end
    redis.call('DEL', jobs_key, index_key)
  end
  local now = string.format('%.0f', now_ms())
  redis.call('HDEL', mode_key, 'offAt', 'switchedAt', 'shadowEndedAt', 'isGoingLive', 'formerUntil')
  redis.call('HSET', mode_key, 'mode', 'shadow', 'since', now, 'shadowSince', now, 'needsSwitch', 1)
  if off_at or ended then redis.call('HSET', mode_key, 'formerUntil', off_at or ended) end
  if how == 'draining' then redis.call('HSET', mode_key, 'isDraining', 1) end
end
return redis.call('HGETALL', mode_key)

--- script end-in-shadow
-- Keeps a job that ends in the shadow. Returns 0, and keeps nothing, unless the tenant is in the shadow now. A job that is skipped live is
-- kept only while no switch has named the end of the package.
local id, job, received_at = ARGV[1], ARGV[2], ARGV[3]
local keep_ms, most, is_skipped = tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6] == 'skipped'

local mode, off_at = unpack(redis.call('HMGET', mode_key, 'mode', 'offAt'))
if is_skipped and off_at or not is_skipped and mode ~= 'shadow' then return 0 end
redis.call('HSET', jobs_key, id, job)
redis.call('ZADD', index_key, received_at, id)
prune_shadow(keep_ms, most)
return 1

--- script prune-shadow
-- Removes the jobs of the shadow that are no longer kept.
local keep_ms, most = tonumber(ARGV[1]), tonumber(ARGV[2])

prune_shadow(keep_ms, most)
return 1

--- script switch-off
-- Names the time since which events are Ponte's, because the package is off. Returns 'ok', or why it cannot be.
local off_at = ARGV[1]

local since, pruned_until, earlier, ended =
  unpack(redis.call('HMGET', mode_key, 'shadowSince', 'prunedUntil', 'offAt', 'shadowEndedAt'))
local at = tonumber(off_at)
if since and at < tonumber(since) then return 'before-shadow' end
if pruned_until and at <= tonumber(pruned_until) then return 'pruned' end
if earlier and at < tonumber(earlier) then return 'earlier' end
if earlier and ended and at > tonumber(earlier) then return 'live' end

local now = string.format('%.0f', now_ms())
if redis.call('HSETNX', mode_key, 'mode', 'live') == 1 then redis.call('HSET', mode_key, 'since', now) end
redis.call('HSET', mode_key, 'offAt', off_at, 'switchedAt', now)
redis.call('HDEL', mode_key, 'needsSwitch')
-- A time that was named before is being followed already.
if not earlier then going_live() end
return 'ok'

--- script end-going-live
-- The tenant is live, unless something is due again. The rest of the shadow is not needed then. Returns whether it is live.
local mode, off_at = unpack(redis.call('HMGET', mode_key, 'mode', 'offAt'))
if mode ~= 'live' or not off_at then return 0 end
if redis.call('ZCOUNT', index_key, off_at, '+inf') > 0 then return 0 end
redis.call('DEL', jobs_key, index_key)
redis.call('HDEL', mode_key, 'isGoingLive')
return 1

--- script drop-jobs
-- Takes jobs out of the shadow and the rest: they are in the queue, or erased.
drop_jobs(ARGV)
return 1

--- script replace-job
-- Replaces a job of the shadow or the rest, if it is still there. Returns whether it was.
local id, job = ARGV[1], ARGV[2]

for _, key in ipairs({ jobs_key, rest_key }) do
  if redis.call('HEXISTS', key, id) == 1 then
    redis.call('HSET', key, id, job)
    return 1
  end
end
return 0

--- script keep-rest
-- Keeps a job of Ponte's outside the queues. Returns 0, and keeps nothing, unless the tenant is in the shadow and drains no more, and
-- the job is still there. KEYS[6]: the job in its queue, if it is in one.
local id, job, received_at = ARGV[1], ARGV[2], ARGV[3]
local job_key = KEYS[6]

local mode, draining = unpack(redis.call('HMGET', mode_key, 'mode', 'isDraining'))
if mode ~= 'shadow' or draining then return 0 end
if job_key and redis.call('EXISTS', job_key) == 0 then return 0 end
keep_rest(id, job, received_at)
return 1
