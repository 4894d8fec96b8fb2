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
