-- Begins the timelines of several events, and adds each event to the index of each of its identities.
local life_s, max_entries = tonumber(ARGV[1]), tonumber(ARGV[2])
local max_timelines, max_listed = tonumber(ARGV[3]), tonumber(ARGV[4])
-- How figures are bounded; empty when none are counted. Otherwise KEYS begin with the two hashes of figures, and the set of what is
-- rehearsed.
local bounds = ARGV[5] ~= '' and cjson.decode(ARGV[5])
local figure_keys, rehearsed = { KEYS[1], KEYS[2] }, KEYS[3]
-- KEYS, for each event: its timeline, one index for each of its identities, then the list of all events of its kind.
-- ARGV, for each event: how many identities, the job, when it came, the id of the timeline, the entry, and its name;
-- empty for one that is not counted.
local next_key, next_arg = bounds and 4 or 1, 6
local counts = {}
-- Lists that have grown, each with the time of its last event here.
local grown = {}

while next_arg <= #ARGV do
  local timeline = KEYS[next_key]
  local identities, job, received_at = tonumber(ARGV[next_arg]), ARGV[next_arg + 1], ARGV[next_arg + 2]
  local timeline_id, entry = ARGV[next_arg + 3], ARGV[next_arg + 4]

  if bounds and is_rehearsed(rehearsed, next_key + 1, next_key + identities, timeline) then
    entry = without_counted(entry)
  -- An entry that is there was counted already: this script was sent again, because its answer was lost.
  elseif bounds and ARGV[next_arg + 5] ~= '' and not redis.call('LPOS', timeline, entry) then
    counts[#counts + 1] = { received_name(ARGV[next_arg + 5]), 1 }
  end

  local first_text = redis.call('LINDEX', timeline, 0)
  -- The timeline may exist already: the worker was faster than the ingress, or the key of the event was forgotten.
  if first_text and cjson.decode(first_text).jobId == job then
    redis.call('LSET', timeline, 0, entry)
  elseif not first_text or cjson.decode(redis.call('LINDEX', timeline, -1)).jobId ~= job then
    add_entry(timeline, entry, max_entries)
  end
  keep_alive(timeline, life_s)
  index_timeline(KEYS, next_key + 1, next_key + identities, received_at, timeline_id, max_timelines, life_s)
  local list = KEYS[next_key + 1 + identities]
  if list_event(list, received_at, timeline_id) then grown[list] = received_at end
  next_key = next_key + 2 + identities
  next_arg = next_arg + 6
end
for list, at in pairs(grown) do trim_list(list, at, max_listed, life_s) end
-- What comes in the shadow is nothing of Ponte's.
local mode_key = bounds and string.gsub(figure_keys[1], ':figures:.*$', ':mode')
if bounds and redis.call('HGET', mode_key, 'mode') ~= 'shadow' then count_figures(figure_keys, bounds, counts) end
return 1
