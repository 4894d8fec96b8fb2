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
