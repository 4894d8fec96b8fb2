-- Since when Ponte has worked for this tenant, in milliseconds since 1970. The first process that asks decides it.
local key = KEYS[1]

local kept = redis.call('GET', key)
if kept then return kept end
local now = string.format('%.0f', now_ms())
redis.call('SET', key, now)
return now
