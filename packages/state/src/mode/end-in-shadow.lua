-- Keeps a job that ends in the shadow. Returns 0, and keeps nothing, unless the tenant is in the shadow now. A job that is skipped live is
-- kept only while no switch has named the end of the package.
local id, job, received_at = ARGV[1], ARGV[2], ARGV[3]
local keep_ms, most, is_skipped = tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6] == 'skipped'

local mode, off_at = unpack(redis.call('HMGET', mode_key, 'mode', 'offAt'))
if is_skipped and off_at or not is_skipped and mode ~= 'shadow' then return 0 end
redis.call('HSET', jobs_key, id, job)
redis.call('ZADD', index_key, received_at, id)
prune_shadow(keep_ms, most)
return 1
