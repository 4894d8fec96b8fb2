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
