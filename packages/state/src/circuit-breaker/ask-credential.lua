-- May a job use this credential now? An entry has a `code` while the credential counts as refused.
-- Returns {'admitted', degraded} or {'waiting', wait in ms, failure code, superseded}.
local key, credential = KEYS[1], ARGV[1]
local job = ARGV[2]
-- '1': the job may become the probe. '0': it only asks.
local may_probe = ARGV[3] == '1'
local probe_life_ms, probe_pause_ms, superseded_pause_ms = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local life_ms = tonumber(ARGV[7])

local now = now_ms()
local text, newest = unpack(redis.call('HMGET', key, credential, 'newest'))
local entry = text and cjson.decode(text)
if not entry or not entry.code then return {'admitted', 0} end

local wait = entry['until'] - now
if wait <= 0 and entry.probe and entry.probe ~= job and entry.probeUntil > now then wait = probe_pause_ms end
if wait > 0 then
  if newest and newest ~= credential then return {'waiting', math.min(wait, superseded_pause_ms), entry.code, 1} end
  return {'waiting', wait, entry.code, 0}
end

if may_probe then
  entry.probe = job
  entry.probeUntil = now + probe_life_ms
  redis.call('HSET', key, credential, cjson.encode(entry))
  redis.call('PEXPIRE', key, life_ms)
end
return {'admitted', 1}
