-- Remembers in a job since when it has found no room in a worker process. It holds until the job is taken again and finds room.
local job_key = KEYS[1]
local run, since = tonumber(ARGV[1]), ARGV[2]

if redis.call('EXISTS', job_key) == 0 then return end
local before = redis.call('HGET', job_key, 'noRoomRun')
-- The run before found no room either, so the job has waited since then.
if not before or tonumber(before) ~= run - 1 then redis.call('HSET', job_key, 'noRoomSince', since) end
redis.call('HSET', job_key, 'noRoomRun', run)
