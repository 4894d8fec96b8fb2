-- Reads what a queue holds and since when its events have waited. Delayed jobs that are due by `due_ms` count as waiting for a pause, and
-- those that are due soon as well: a job for which a worker had no room comes back so, and waits all the same.
-- Returns {waiting, delayed until later, failed, 1 when a person paused it, 1 when a limit holds jobs back, those that wait as {id, since}}.
-- Of each list `sample` of them, from the end that is worked on next.
local wait_key, prioritized_key, delayed_key = KEYS[1], KEYS[2], KEYS[3]
local failed_key, meta_key, events_key = KEYS[4], KEYS[5], KEYS[6]
local active_key, limiter_key = KEYS[7], KEYS[8]
local job_prefix, now, due_ms = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local sample, most_events, no_room_ms = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])

-- The score of a delayed job is its time to run multiplied by this (BullMQ 6.7.0, getDelayedScore).
local score_factor = 0x1000

local function members_of(id)
  local fields = { 'timestamp', 'processedOn', 'opts', 'ats', 'noRoomRun', 'noRoomSince' }
  local timestamp, processed_on, opts, run, no_room_run, no_room_since = unpack(redis.call('HMGET', job_prefix .. id, unpack(fields)))
  if not timestamp then return nil end
  return {
    -- A worker took the job last, had no room for it, and put it back (packages/runtime, no-room.lua).
    no_room_since = no_room_run and no_room_run == run and tonumber(no_room_since),
    came = tonumber(timestamp),
    started = tonumber(processed_on or timestamp),
    -- A job that was neither delayed nor failed before has waited since it came.
    is_fresh = redis.call('HSTRLEN', job_prefix .. id, 'stacktrace') <= 2 and not string.find(opts or '', '"delay":[1-9]'),
  }
end

-- When each of these jobs last came into the list, unless a worker put it back. Also returns the time of the oldest event that was read.
local function arrivals_of(ids)
  local arrivals, first = {}, 0
  for _, entry in ipairs(redis.call('XREVRANGE', events_key, '+', '-', 'COUNT', most_events)) do
    local fields = {}
    for index = 1, #entry[2], 2 do fields[entry[2][index]] = entry[2][index + 1] end
    first = tonumber(string.match(entry[1], '^%d+'))
    local id = fields.jobId
    if ids[id] and not arrivals[id] and fields.event == 'waiting' and fields.prev ~= 'active' then arrivals[id] = first end
  end
  return arrivals, first
end

local waits = {}
local function add(id, since) waits[#waits + 1] = { id, since } end

local returned = {}
local function add_listed(id)
  local job = members_of(id)
  if not job then return end
  if job.no_room_since then
    add(id, job.no_room_since)
  elseif job.is_fresh then
    add(id, job.came)
  else
    returned[id] = job
  end
end

-- The end of the list is worked on next.
for _, id in ipairs(redis.call('LRANGE', wait_key, -sample, -1)) do add_listed(id) end
for _, id in ipairs(redis.call('ZRANGE', prioritized_key, 0, sample - 1)) do add_listed(id) end
if next(returned) then
  local arrivals, first = arrivals_of(returned)
  for id, job in pairs(returned) do add(id, math.max(job.came, arrivals[id] or first)) end
end

local due_score = (math.max(due_ms, now + no_room_ms) + 1) * score_factor - 1
local due = redis.call('ZCOUNT', delayed_key, 0, due_score)
local next_due = redis.call('ZRANGEBYSCORE', delayed_key, 0, due_score, 'WITHSCORES', 'LIMIT', 0, sample)
for index = 1, #next_due, 2 do
  local id, runs_at = next_due[index], math.floor(tonumber(next_due[index + 1]) / score_factor)
  local job = members_of(id)
  local waits_for_pause = job and runs_at > now and runs_at <= due_ms
  if job then add(id, job.no_room_since or waits_for_pause and job.started or math.min(runs_at, now)) end
end

local waiting = redis.call('LLEN', wait_key) + redis.call('ZCARD', prioritized_key) + due
local later = redis.call('ZCARD', delayed_key) - due
local paused = redis.call('HEXISTS', meta_key, 'paused')

-- BullMQ (6.7.0, setRateLimit) writes this number while the queue waits. Otherwise the key counts the jobs of the last second.
local waits_value = 0x1fffffffffffff
local is_waiting = tonumber(redis.call('GET', limiter_key) or 0) >= waits_value
local most_active = redis.call('HGET', meta_key, 'concurrency')
local is_full = most_active and redis.call('LLEN', active_key) >= tonumber(most_active)
local limited = (is_waiting or is_full) and 1 or 0

return {waiting, later, redis.call('ZCARD', failed_key), paused, limited, waits}
