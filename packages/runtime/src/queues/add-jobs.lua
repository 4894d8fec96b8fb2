-- Adds several jobs to one queue, each with its owner, as far as there is room. `add_job` is BullMQ's own script, which is put before this
-- one. Returns for each job its id, or '' when the tenant has too much waiting. A duplicate has the id of an earlier job.
-- KEYS: those of BullMQ's script; the record of the tenant's mode; what Redis uses; for each queue of a destination, what waits in it, this
-- queue first, and none in quarantine.
-- ARGV: the mode of the tenants file; how many keys BullMQ's script has; how many jobs and bytes may wait, empty where nothing is refused or
-- counted; what Redis keeps beside the data of a job; how long the count is kept; how updates are remembered: the beginning of their keys, for
-- how long, and how many beside the first of a job; those of BullMQ's script, three for each job.
local job_keys, most_jobs, most_bytes = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local beside_data, life_s = tonumber(ARGV[5]), ARGV[6]
local update_prefix, update_ms, most_joined = ARGV[7], ARGV[8], tonumber(ARGV[9])
local first_argument = 10
local owner = owner_now(KEYS[job_keys + 1], ARGV[1])
local memory_key, first_size = KEYS[job_keys + 2], job_keys + 3
-- A Redis that is nearly full keeps what is left for those who have little waiting.
local NEARLY_FULL, LITTLE = 0.8, 10000
-- What Redis keeps of an update that joins a job, beside its event key.
local BESIDE_KEY = 200

local jobs, bytes = 0, 0
if most_jobs then
  for i = first_size, #KEYS do
    local waiting = redis.call('HMGET', KEYS[i], 'jobs', 'bytes')
    jobs, bytes = jobs + (waiting[1] or 0), bytes + (waiting[2] or 0)
  end
  local used, max
  most_bytes, used, max = most_bytes_of(most_bytes, memory_key)
  if max > 0 and used > NEARLY_FULL * max then most_jobs = math.min(most_jobs, LITTLE) end
end

-- Updates of one opportunity share a job while it waits. One that runs may miss the change. One of Ponte's never shares a job of the
-- shadow's, nor the other way round.
local function job_to_join(prefix, id_key, data)
  local id = redis.call('GET', id_key)
  if not id then return end
  local found = redis.call('HGET', prefix .. id, 'data')
  if found and owner_of(found) == owner_of(data) and not redis.call('LPOS', prefix .. 'active', id) then return prefix .. id end
  redis.call('DEL', id_key)
end

-- Of a job only so many updates are remembered that joined it. Nothing is kept of the others.
local function cost_of_joining(job, update_key)
  local is_kept = tonumber(redis.call('HGET', job, 'joined') or 0) < most_joined and redis.call('EXISTS', update_key) == 0
  return is_kept and BESIDE_KEY + #update_key or 0
end

local ids, added_jobs, added_bytes = {}, 0, 0
for first = first_argument, #ARGV, 3 do
  local packed, data, opts = ARGV[first], with_owner(ARGV[first + 1], owner), ARGV[first + 2]
  local args, deduplication = cmsgpack.unpack(packed), cmsgpack.unpack(opts)['de']
  local prefix, job, id_key = args[1], args[1] .. args[2], args[9]
  local update_key = deduplication and not deduplication['ttl'] and update_prefix .. cjson.decode(data).key
  -- Sent again because its answer was lost, or an event that comes again.
  local is_known = redis.call('EXISTS', job) == 1 or deduplication and not update_key and redis.call('EXISTS', id_key) == 1
  local joined = update_key and not is_known and job_to_join(prefix, id_key, data)
  local cost = is_known and 0 or joined and cost_of_joining(joined, update_key) or #data + beside_data
  if most_jobs and cost > 0 and (jobs >= most_jobs or bytes + cost > most_bytes) then
    ids[#ids + 1] = ''
  else
    local id = add_job(KEYS, { packed, data, opts })
    ids[#ids + 1] = id
    if update_key and cost > 0 then
      redis.call('SET', update_key, id, 'PX', update_ms, 'NX')
      if joined then redis.call('HINCRBY', joined, 'joined', 1) end
    end
    -- A job that has the field is counted until its last run ends.
    if most_jobs and cost > 0 and (not joined or redis.call('HEXISTS', joined, 'waits') == 1) then
      redis.call('HINCRBY', joined or job, 'waits', cost)
      jobs, added_jobs = jobs + (joined and 0 or 1), added_jobs + (joined and 0 or 1)
      bytes, added_bytes = bytes + cost, added_bytes + cost
    end
  end
end
if added_bytes > 0 then
  redis.call('HINCRBY', KEYS[first_size], 'jobs', added_jobs)
  redis.call('HINCRBY', KEYS[first_size], 'bytes', added_bytes)
  redis.call('EXPIRE', KEYS[first_size], life_s)
end
return ids
