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
