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
