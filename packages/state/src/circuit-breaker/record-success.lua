-- A call got through. Returns 1 when this closed the breaker: only the probe closes it, with a call of the kind that had failed.
local breaker_key, failures_key = KEYS[1], KEYS[2]
local job, call_kind = ARGV[1], ARGV[2]

redis.call('DEL', failures_key)
local open_until, reason, probe, open_for = unpack(redis.call('HMGET', breaker_key, 'until', 'reason', 'probe', 'kind'))
if not open_until or reason == 'throttled' or tonumber(open_until) > now_ms() or probe ~= job then return 0 end
if open_for and open_for ~= call_kind then return 0 end
redis.call('DEL', breaker_key)
return 1
