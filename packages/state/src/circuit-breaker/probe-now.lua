-- A person wants to know whether the system is back: the next job may probe at once.
-- Returns {'closed' | 'throttled' | 'recent' | 'probing' | 'now', job that probed last}.
local breaker_key, refusals_key = KEYS[1], KEYS[2]
-- The factors by which a failed probe lengthens the pause: of a breaker, and of a refused credential.
local growth, refusal_growth = tonumber(ARGV[1]), tonumber(ARGV[2])
local life_ms, min_login_pause_ms = tonumber(ARGV[3]), tonumber(ARGV[4])

local now = now_ms()

-- Where the newest credential is known, refusals of other credentials no longer matter.
local newest = redis.call('HGET', refusals_key, 'newest')
local credential, refusal
for _, field in ipairs(redis.call('HKEYS', refusals_key)) do
  if field ~= 'newest' and (not newest or field == newest) then
    local entry = cjson.decode(redis.call('HGET', refusals_key, field))
    if entry.code and (not refusal or entry.since > refusal.since) then credential, refusal = field, entry end
  end
end
if refusal then
  if refusal['until'] > now then
    if refusal.checkedAt and now - refusal.checkedAt < min_login_pause_ms then return {'recent'} end
    -- If this check fails, the delay is multiplied by the growth. It is divided first, so that the next pause is as long as this one was.
    refusal['until'], refusal.delay = now, math.floor(refusal.delay / refusal_growth)
    refusal.checkedAt = now
    redis.call('HSET', refusals_key, credential, cjson.encode(refusal))
    redis.call('PEXPIRE', refusals_key, life_ms)
  elseif refusal.probe and refusal.probeUntil > now then
    return {'probing'}
  end
  return {'now'}
end

local open_until, reason, pause, probe, probe_until, last_job =
  unpack(redis.call('HMGET', breaker_key, 'until', 'reason', 'delay', 'probe', 'probeUntil', 'lastJob'))
if not open_until then return {'closed'} end
if tonumber(open_until) > now then
  if reason == 'throttled' then return {'throttled'} end
  redis.call('HSET', breaker_key, 'until', now, 'delay', math.floor(tonumber(pause) / growth))
elseif reason == 'throttled' then
  return {'closed'}
elseif probe and tonumber(probe_until) >= now then
  return {'probing'}
end
return {'now', last_job}
