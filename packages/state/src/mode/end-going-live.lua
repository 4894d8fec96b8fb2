-- The tenant is live, unless something is due again. The rest of the shadow is not needed then. Returns whether it is live.
local mode, off_at = unpack(redis.call('HMGET', mode_key, 'mode', 'offAt'))
if mode ~= 'live' or not off_at then return 0 end
if redis.call('ZCOUNT', index_key, off_at, '+inf') > 0 then return 0 end
redis.call('DEL', jobs_key, index_key)
redis.call('HDEL', mode_key, 'isGoingLive')
return 1
