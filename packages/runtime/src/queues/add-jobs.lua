-- Adds several jobs to one queue, each as BullMQ adds one: `add_job` is BullMQ's own script, which stands before this.
-- KEYS: those of BullMQ's script. ARGV: those of BullMQ's script, three for each job.
local ids = {}
for first = 1, #ARGV, 3 do
  ids[#ids + 1] = add_job(KEYS, { ARGV[first], ARGV[first + 1], ARGV[first + 2] })
end
return ids
