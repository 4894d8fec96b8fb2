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
