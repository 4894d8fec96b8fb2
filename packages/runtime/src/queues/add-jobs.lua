-- Adds several jobs to one queue. `add_job` is BullMQ's own script, which is put before this one. KEYS: those of BullMQ's script. ARGV:
-- those of BullMQ's script, three for each job.
local ids = {}
for first = 1, #ARGV, 3 do
  ids[#ids + 1] = add_job(KEYS, { ARGV[first], ARGV[first + 1], ARGV[first + 2] })
end
return ids
