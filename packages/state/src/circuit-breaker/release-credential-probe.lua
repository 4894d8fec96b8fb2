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
