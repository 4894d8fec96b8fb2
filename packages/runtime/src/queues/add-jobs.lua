-- Adds several jobs to one queue, each with its owner, as far as there is room. `add_job` is BullMQ's own script, which is put before this
-- one. Returns for each job its id, or '' when the tenant has too much waiting.
-- KEYS: those of BullMQ's script; the record of the tenant's mode; what Redis uses; for each queue of a destination, the bytes that wait in
-- it, first in this queue, then two lists and two sets of jobs.
-- ARGV: the mode of the tenants file; how many keys BullMQ's script has; how many such queues are given, none for a queue that is not one;
-- how many jobs and bytes may wait, empty where nothing is refused; what Redis keeps beside the data of a job; how long the bytes are kept;
-- those of BullMQ's script, three for each job.
local job_keys, queues = tonumber(ARGV[2]), tonumber(ARGV[3])
local most_jobs, most_bytes, beside_data, life_s = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7]
local first_argument = 8
local owner = owner_now(KEYS[job_keys + 1], ARGV[1])
local memory_key, first_size = KEYS[job_keys + 2], job_keys + 3
local first_list, first_set = first_size + queues, first_size + 3 * queues
-- A Redis that is nearly full keeps what is left for those who have little waiting.
local NEARLY_FULL, LITTLE = 0.8, 10000

local jobs, bytes = 0, 0
if most_jobs then
  for i = first_size, first_list - 1 do bytes = bytes + (redis.call('GET', KEYS[i]) or 0) end
  for i = first_list, first_set - 1 do jobs = jobs + redis.call('LLEN', KEYS[i]) end
  for i = first_set, #KEYS do jobs = jobs + redis.call('ZCARD', KEYS[i]) end
  local used, max = memory_of(memory_key)
  if max > 0 then
    most_bytes = math.min(most_bytes, max / 4)
    if used > NEARLY_FULL * max then most_jobs = math.min(most_jobs, LITTLE) end
  end
end

-- Updates of one opportunity share a job while it waits, but one of Ponte's never shares a job of the shadow's, nor the other way round.
local function keep_apart(args, opts, data)
  local shared = opts['de']
  if not shared or shared['ttl'] then return end
  local prefix, id_key = args[1], args[9]
  local waiting = redis.call('GET', id_key)
  if waiting and owner_of(redis.call('HGET', prefix .. waiting, 'data')) ~= owner_of(data) then redis.call('DEL', id_key) end
end

local ids, added = {}, 0
for first = first_argument, #ARGV, 3 do
  local packed, data, opts = ARGV[first], with_owner(ARGV[first + 1], owner), ARGV[first + 2]
  local size = #data + beside_data
  if most_jobs and (jobs >= most_jobs or bytes + size > most_bytes) then
    ids[#ids + 1] = ''
  else
    local args = cmsgpack.unpack(packed)
    keep_apart(args, cmsgpack.unpack(opts), data)
    local id = add_job(KEYS, { packed, data, opts })
    ids[#ids + 1] = id
    -- A duplicate has the id of an earlier job. A job that is sent again, because its answer was lost, has been counted.
    if queues > 0 and id == args[2] and redis.call('HSETNX', args[1] .. id, 'waits', size) == 1 then
      jobs, bytes, added = jobs + 1, bytes + size, added + size
    end
  end
end
if added > 0 then
  redis.call('INCRBY', KEYS[first_size], added)
  redis.call('EXPIRE', KEYS[first_size], life_s)
end
return ids
