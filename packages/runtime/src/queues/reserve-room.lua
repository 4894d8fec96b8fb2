-- Reserves room for one delivery. Returns 'reserved', 'full', or 'unknown' when the size was never measured.
local size_key, memory_key = KEYS[1], KEYS[2]
local bytes, max_deliveries, max_bytes = tonumber(ARGV[1]), tonumber(ARGV[2]), most_bytes_of(ARGV[3], memory_key)

local size = redis.call('HMGET', size_key, 'deliveries', 'bytes')
if not size[1] or not size[2] then return 'unknown' end
if tonumber(size[1]) + 1 > max_deliveries or tonumber(size[2]) + bytes > max_bytes then return 'full' end
redis.call('HINCRBY', size_key, 'deliveries', 1)
redis.call('HINCRBY', size_key, 'bytes', bytes)
-- These counters only grow, so a measurement sees what has been added since it began.
redis.call('HINCRBY', size_key, 'addedDeliveries', 1)
redis.call('HINCRBY', size_key, 'addedBytes', bytes)
return 'reserved'
