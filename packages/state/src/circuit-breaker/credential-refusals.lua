--- script announce-credential
-- A process starts with this credential. It becomes the newest, and refusals of all others are forgotten. Returns 1 when there was one.
local key, credential = KEYS[1], ARGV[1]
local life_ms = tonumber(ARGV[2])

local forgotten = 0
for _, field in ipairs(redis.call('HKEYS', key)) do
  if field ~= 'newest' and field ~= credential then
    redis.call('HDEL', key, field)
    forgotten = 1
  end
end
redis.call('HSET', key, 'newest', credential)
redis.call('PEXPIRE', key, life_ms)
return forgotten

--- script ask-credential
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

--- script refuse-credential
-- The system refused this credential. Returns {'opened' | 'extended' | 'superseded' | 'counted', wait in ms}.
local key, credential = KEYS[1], ARGV[1]
local correlation_key, code, stage = ARGV[2], ARGV[3], ARGV[4]
local probe_ms, max_probe_ms, growth = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local superseded_pause_ms, remember_ms, life_ms = tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])

local now = now_ms()
local text, newest = unpack(redis.call('HMGET', key, credential, 'newest'))
local entry = text and cjson.decode(text) or nil
local superseded = newest and newest ~= credential

-- A refusal that ended long ago is forgotten: this one begins with the shortest pause.
if entry and not entry.code and now - entry.endedAt > remember_ms then entry = nil end
local was_refused = entry and entry.code
if was_refused and entry['until'] > now then
  if superseded then return {'superseded', superseded_pause_ms} end
  return {'extended', entry['until'] - now}
end

-- Other records get through with the same session, and only this one is answered 401. So the job itself has failed.
local is_known_record = entry and not was_refused and entry.correlationKey == correlation_key and not entry.several
if stage == 'session' and is_known_record and entry.others then return {'counted', 0} end

local first = entry and entry.correlationKey or correlation_key
local pause = entry and math.min(math.max(entry.delay * growth, probe_ms), max_probe_ms) or probe_ms
redis.call('HSET', key, credential, cjson.encode({
  code = code,
  stage = stage,
  since = was_refused and entry.since or now,
  ['until'] = now + pause,
  delay = pause,
  correlationKey = first,
  checkedAt = entry and entry.checkedAt,
  several = (entry and entry.several) or first ~= correlation_key or nil,
}))
redis.call('PEXPIRE', key, life_ms)
if superseded then return {'superseded', superseded_pause_ms} end
return {was_refused and 'extended' or 'opened', pause}

--- script accept-credential
-- The credential got through at this stage. Returns 1 when this ended a refusal.
local key, credential = KEYS[1], ARGV[1]
local correlation_key, stage = ARGV[2], ARGV[3]
local life_ms = tonumber(ARGV[4])

local text = redis.call('HGET', key, credential)
local entry = text and cjson.decode(text)
-- Only a success of the stage that was refused counts. A session may outlive a changed password, and a login does not prove the session
-- that it gives.
if not entry or not entry.code or entry.stage ~= stage then return 0 end

entry.others = correlation_key ~= entry.correlationKey or nil
entry.code, entry.probe = nil, nil
entry.endedAt = now_ms()
redis.call('HSET', key, credential, cjson.encode(entry))
redis.call('PEXPIRE', key, life_ms)
return 1

--- script release-credential-probe
-- The probe ended without an answer about the credential: another job may ask at once.
local key, credential = KEYS[1], ARGV[1]
local job, life_ms = ARGV[2], tonumber(ARGV[3])

local text = redis.call('HGET', key, credential)
local entry = text and cjson.decode(text)
if not entry or entry.probe ~= job then return 0 end
entry.probe = nil
redis.call('HSET', key, credential, cjson.encode(entry))
redis.call('PEXPIRE', key, life_ms)
return 1
