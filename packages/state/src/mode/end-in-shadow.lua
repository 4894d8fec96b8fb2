-- Keeps a job that ends in the shadow. Returns 0, and keeps nothing, unless the tenant is in the shadow now.
local id, job, received_at = ARGV[1], ARGV[2], ARGV[3]
local keep_ms, most = tonumber(ARGV[4]), tonumber(ARGV[5])

if redis.call('HGET', mode_key, 'mode') ~= 'shadow' then return 0 end
redis.call('HSET', jobs_key, id, job)
redis.call('ZADD', index_key, received_at, id)
prune_shadow(keep_ms, most)
return 1
