-- Adds an entry to the timeline of an event, and the event to the index of each of its identities. May also write lines into the log of the
-- job.
local timeline = KEYS[1]
-- KEYS from 2 on: with figures, the two hashes that they are counted in; one index for each identity; with a job, the job and its log as
-- BullMQ names them.
local job, job_log = KEYS[#KEYS - 1], KEYS[#KEYS]
local first_entry, entry_text = ARGV[1], ARGV[2]
local life_s, max_entries, max_timelines = ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local recorded_at, timeline_id = ARGV[6], ARGV[7]
local figures = ARGV[8] ~= '' and cjson.decode(ARGV[8])
-- How the job has ended, for the resend that it may belong to; empty when it has not.
local has_job, outcome = ARGV[9] ~= '', ARGV[10]
local max_lines, first_line = tonumber(ARGV[11]), 12
local figure_keys, first_index = { KEYS[2], KEYS[3] }, figures and 4 or 2

if has_job and outcome ~= '' then
  local resend, part = resend_of(job)
  if resend then count_resend(resend, part, job, outcome) end
end

-- Nil when the text has to be decoded: entries that this script encoded itself have their members in any order.
local function kind_at_start(text)
  return string.match(text, '^{"kind":"(%l+)"')
end

-- Whether this script was sent again, because its answer was lost: then everything was recorded.
local function was_recorded()
  if redis.call('LPOS', timeline, entry_text, 'RANK', -1, 'MAXLEN', 10) then return true end
  local last_text = redis.call('LINDEX', timeline, -1)
  if not last_text or kind_at_start(last_text) then return false end
  local last, entry = cjson.decode(last_text), cjson.decode(entry_text)
  return last.jobId == entry.jobId and last.at == entry.at
end
if figures and was_recorded() then return 1 end

local last_index = has_job and #KEYS - 2 or #KEYS
-- A job that is gone gets no log: nobody would remove it.
if has_job and #ARGV >= first_line and redis.call('EXISTS', job) == 1 then
  local first_kept = math.max(first_line, #ARGV + 1 - max_lines)
  local lines = redis.call('RPUSH', job_log, unpack(ARGV, first_kept))
  if lines > max_lines then redis.call('LTRIM', job_log, -max_lines, -1) end
end

local last_text = redis.call('LINDEX', timeline, -1)
if not last_text then
  redis.call('RPUSH', timeline, first_entry)
  last_text = first_entry
end

-- A summary is messages with their values.
local function is_same(one, other)
  if type(one) ~= 'table' or type(other) ~= 'table' then return one == other end
  for key, value in pairs(one) do
    if not is_same(value, other[key]) then return false end
  end
  for key in pairs(other) do
    if one[key] == nil then return false end
  end
  return true
end

-- Equal entries in a row are counted as one. Otherwise an event that waits for days, or is delivered again and again, would lose its past.
-- Returns the counted entry, or nil.
local function counted_up()
  local kind, last_kind = kind_at_start(entry_text), kind_at_start(last_text)
  if kind and last_kind and kind ~= last_kind then return nil end
  local last, entry = cjson.decode(last_text), cjson.decode(entry_text)
  local is_repeat = entry.kind == last.kind and (entry.kind == 'duplicate' or entry.kind == 'run' and last.outcome == entry.outcome
    and last.code == entry.code and is_same(last.summary, entry.summary) and last.jobId == entry.jobId)
  if not is_repeat then return nil end
  entry.since = last.since or last.at
  entry.times = (last.times or 1) + 1
  return cjson.encode(entry)
end

if figures then
  -- The worker was killed after it had recorded the end of the job, and before the queue knew of it: the job ends a second time.
  local function has_ended()
    if not figures.isTakenOver then return false end
    local last = cjson.decode(last_text)
    return last.jobId == cjson.decode(entry_text).jobId
      and (last.outcome == 'done' or last.outcome == 'skipped' or last.outcome == 'failed')
  end
  local counts = figures.counts
  for _, count in ipairs(has_ended() and {} or figures.ends) do counts[#counts + 1] = count end
  count_figures(figure_keys, figures.bounds, counts)
end

local repeated = counted_up()
if repeated then
  redis.call('LSET', timeline, -1, repeated)
elseif redis.call('RPUSH', timeline, entry_text) > max_entries then
  -- The first entry says when the event came and stays; the oldest of the others goes.
  redis.call('LSET', timeline, 1, '')
  redis.call('LREM', timeline, 1, '')
end
redis.call('EXPIRE', timeline, life_s)

for i = first_index, last_index do
  local is_new = redis.call('ZADD', KEYS[i], recorded_at, timeline_id) == 1
  if is_new then redis.call('ZREMRANGEBYRANK', KEYS[i], 0, -1 - max_timelines) end
  redis.call('EXPIRE', KEYS[i], life_s)
end
return 1
