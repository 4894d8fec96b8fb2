-- Puts other data into a failed job. Returns 0 when it is no longer failed, or its data are no longer those that were read. It is one step,
-- so that only one of two people who edit the same job succeeds, and a job that was retried meanwhile keeps its data.
local failed_jobs_key, job_key, record_key = KEYS[1], KEYS[2], KEYS[3]
local job_id, data_before, data_after = ARGV[1], ARGV[2], ARGV[3]
-- '': the record of earlier edits is removed.
local record, life_s = ARGV[4], ARGV[5]

if not redis.call('ZSCORE', failed_jobs_key, job_id) then return 0 end
if redis.call('HGET', job_key, 'data') ~= data_before then return 0 end
redis.call('HSET', job_key, 'data', data_after)
if record == '' then
  redis.call('DEL', record_key)
else
  redis.call('SET', record_key, record, 'EX', life_s)
end
return 1
