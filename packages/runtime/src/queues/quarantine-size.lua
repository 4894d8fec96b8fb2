--- script reserve-room
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

--- script most-bytes
-- How many bytes of a tenant may be in quarantine.
return math.floor(most_bytes_of(ARGV[1], KEYS[1]))

--- script release-room
-- Releases the room that was reserved for one delivery.
local size_key = KEYS[1]
local bytes = tonumber(ARGV[1])

if redis.call('EXISTS', size_key) == 0 then return 0 end
redis.call('HINCRBY', size_key, 'deliveries', -1)
return redis.call('HINCRBY', size_key, 'bytes', -bytes)

--- script correct-size
-- Stores a measured size plus the room that was reserved since the measurement began.
local size_key = KEYS[1]
local deliveries, bytes = tonumber(ARGV[1]), tonumber(ARGV[2])
local added_deliveries_before, added_bytes_before = tonumber(ARGV[3]), tonumber(ARGV[4])
local life_ms = ARGV[5]
-- Not empty when nobody knew the size: then the first measurement counts. A later one may have seen deliveries whose room was reserved since.
local is_first = ARGV[6] ~= ''

if is_first and redis.call('HEXISTS', size_key, 'deliveries') == 1 then return 0 end
local added = redis.call('HMGET', size_key, 'addedDeliveries', 'addedBytes')
local since_deliveries = math.max(0, tonumber(added[1] or 0) - added_deliveries_before)
local since_bytes = math.max(0, tonumber(added[2] or 0) - added_bytes_before)
redis.call('HSET', size_key, 'deliveries', string.format('%.0f', deliveries + since_deliveries))
redis.call('HSET', size_key, 'bytes', string.format('%.0f', bytes + since_bytes))
redis.call('PEXPIRE', size_key, life_ms)
return 1
