--- script admit
-- May this job make a call of this kind now? Returns {'admitted', degraded, probing} or {'waiting', wait in ms, failure code}.
local breaker_key, failures_key = KEYS[1], KEYS[2]
local job, call_kind = ARGV[1], ARGV[2]
-- '1': the job may become the probe. '0': it only asks, and nothing changes.
local may_probe = ARGV[3] == '1'
local probe_life_ms, probe_pause_ms = tonumber(ARGV[4]), tonumber(ARGV[5])

local now = now_ms()
local breaker = redis.call('HMGET', breaker_key, 'until', 'reason', 'code', 'probe', 'probeUntil', 'kind')
local open_until, reason, code, probe, probe_until, open_for = unpack(breaker)

-- Closed, or open for writes only.
if not open_until or (open_for == 'write' and call_kind == 'read') then
  return {'admitted', redis.call('EXISTS', failures_key), 0}
end

local wait = tonumber(open_until) - now
if wait > 0 then return {'waiting', wait, code} end

if reason == 'throttled' then
  if may_probe then redis.call('DEL', breaker_key) end
  return {'admitted', 1, 0}
end

-- Half-open: one job probes, the others wait for it.
if probe and probe ~= job and tonumber(probe_until) >= now then return {'waiting', probe_pause_ms, code} end
if not may_probe then return {'admitted', 1, 0} end
redis.call('HSET', breaker_key, 'probe', job, 'probeUntil', now + probe_life_ms)
return {'admitted', 1, 1}

--- script record-failure
-- A call failed, and the cause may pass. Returns {'opened' | 'extended' | 'counted', wait in ms}.
local breaker_key, failures_key = KEYS[1], KEYS[2]
local job, correlation_key, call_kind, code = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local is_outage = ARGV[5] == '1'
local failure_threshold = tonumber(ARGV[6])
local probe_ms, max_probe_ms = tonumber(ARGV[7]), tonumber(ARGV[8])
local probe_pause_ms = tonumber(ARGV[9])
-- How long a streak of failures is kept. A breaker that stops all calls is kept this long after its pause; the second number is for one
-- that stops writes only.
local failures_life_ms, write_life_ms = tonumber(ARGV[10]), tonumber(ARGV[11])
-- The HTTP status of the answer; empty when there was none.
local status = ARGV[12]

local now = now_ms()
local function life_after(pause, open_for)
  return pause + (open_for == 'write' and write_life_ms or failures_life_ms)
end

local breaker = redis.call('HMGET', breaker_key, 'until', 'delay', 'reason', 'probe', 'kind')
local open_until, last_pause, reason, probe, open_for = unpack(breaker)

-- Failed writes say nothing about reads. Reads have a streak of their own, and open the breaker by themselves.
if open_for == 'write' and call_kind == 'read' then open_until = false end
if open_until and reason == 'throttled' and tonumber(open_until) <= now then
  redis.call('DEL', breaker_key)
  open_until = false
end

if open_until then
  local left = tonumber(open_until) - now
  if left > 0 then return {'extended', left} end
  -- A call that began before the breaker opened says nothing about the probe.
  if probe ~= job then return {'extended', probe_pause_ms} end
  local pause = math.min(math.max(tonumber(last_pause) * 2, 1), max_probe_ms)
  redis.call('HSET', breaker_key, 'until', now + pause, 'delay', pause, 'code', code, 'status', status, 'lastJob', job)
  redis.call('HDEL', breaker_key, 'probe', 'probeUntil')
  redis.call('PEXPIRE', breaker_key, life_after(pause, open_for))
  return {'extended', pause}
end

local count = redis.call('HINCRBY', failures_key, 'count', 1)
if is_outage then redis.call('HINCRBY', failures_key, 'outages', 1) end
local first = redis.call('HGET', failures_key, 'correlationKey')
if not first then
  redis.call('HSET', failures_key, 'correlationKey', correlation_key)
elseif first ~= correlation_key then
  redis.call('HSET', failures_key, 'several', 1)
end
redis.call('PEXPIRE', failures_key, failures_life_ms)
if count < failure_threshold then return {'counted', 0} end

local outages, several = unpack(redis.call('HMGET', failures_key, 'outages', 'several'))
-- A single record that fails again and again may be the cause itself, unless the system did not answer at all.
if not several and tonumber(outages or 0) < count then return {'counted', 0} end

redis.call('DEL', failures_key)
redis.call('HDEL', breaker_key, 'probe', 'probeUntil')
redis.call('HSET', breaker_key, 'until', now + probe_ms, 'since', now, 'delay', probe_ms, 'reason', 'down', 'code', code, 'status', status, 'kind', call_kind, 'lastJob', job)
redis.call('PEXPIRE', breaker_key, life_after(probe_ms, call_kind))
return {'opened', probe_ms}

--- script record-success
-- A call got through. Returns 1 when this closed the breaker: only the probe closes it, with a call of the kind that had failed.
local breaker_key, failures_key = KEYS[1], KEYS[2]
local job, call_kind = ARGV[1], ARGV[2]

redis.call('DEL', failures_key)
local open_until, reason, probe, open_for = unpack(redis.call('HMGET', breaker_key, 'until', 'reason', 'probe', 'kind'))
if not open_until or reason == 'throttled' or tonumber(open_until) > now_ms() or probe ~= job then return 0 end
if open_for and open_for ~= call_kind then return 0 end
redis.call('DEL', breaker_key)
return 1

--- script throttle
-- The system asked for a pause. Returns {'opened' | 'extended', wait in ms}.
local breaker_key = KEYS[1]
local wait_ms, code, life_ms = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3])

local now = now_ms()
local open_until, since, reason = unpack(redis.call('HMGET', breaker_key, 'until', 'since', 'reason'))
local was_throttled = open_until and reason == 'throttled'
local ends_at = math.max(now + wait_ms, was_throttled and tonumber(open_until) or 0)
redis.call('HSET', breaker_key, 'until', ends_at, 'since', was_throttled and since or now, 'delay', wait_ms, 'reason', 'throttled', 'code', code)
redis.call('HDEL', breaker_key, 'probe', 'probeUntil', 'kind', 'status', 'lastJob')
redis.call('PEXPIRE', breaker_key, ends_at - now + life_ms)
return {was_throttled and 'extended' or 'opened', ends_at - now}

--- script release-probe
-- The probe ended without an answer about the system: another job may probe at once.
local breaker_key = KEYS[1]
local job = ARGV[1]

if redis.call('HGET', breaker_key, 'probe') == job then redis.call('HDEL', breaker_key, 'probe', 'probeUntil') end
return 1

--- script reset-failures
-- Forgets the streaks that consist of this correlation key's failures alone.
local correlation_key = ARGV[1]

for _, failures_key in ipairs(KEYS) do
  local first, several = unpack(redis.call('HMGET', failures_key, 'correlationKey', 'several'))
  if first == correlation_key and not several then redis.call('DEL', failures_key) end
end
return 1
