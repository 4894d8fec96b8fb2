-- Adds several jobs to one queue, each with its owner. `add_job` is BullMQ's own script, which is put before this one. KEYS: those of
-- BullMQ's script, then the record of the tenant's mode. ARGV: the mode of the tenants file, then those of BullMQ's script, three for each
-- job.
local owner = owner_now(KEYS[#KEYS], ARGV[1])

-- Updates of one opportunity share a job while it waits, but one of Ponte's never shares a job of the shadow's, nor the other way round.
local function keep_apart(args, opts, data)
  local shared = opts['de']
  if not shared or shared['ttl'] then return end
  local prefix, id_key = args[1], args[9]
  local waiting = redis.call('GET', id_key)
  if waiting and owner_of(redis.call('HGET', prefix .. waiting, 'data')) ~= owner_of(data) then redis.call('DEL', id_key) end
end

local ids = {}
for first = 2, #ARGV, 3 do
  local args, data, opts = ARGV[first], with_owner(ARGV[first + 1], owner), ARGV[first + 2]
  keep_apart(cmsgpack.unpack(args), cmsgpack.unpack(opts), data)
  ids[#ids + 1] = add_job(KEYS, { args, data, opts })
end
return ids
