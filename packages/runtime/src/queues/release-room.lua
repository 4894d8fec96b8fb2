-- Releases the room that was reserved for one delivery.
local size_key = KEYS[1]
local bytes = tonumber(ARGV[1])

if redis.call('EXISTS', size_key) == 0 then return 0 end
redis.call('HINCRBY', size_key, 'deliveries', -1)
return redis.call('HINCRBY', size_key, 'bytes', -bytes)
