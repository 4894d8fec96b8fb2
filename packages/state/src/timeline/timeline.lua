-- For scripts that write timelines.
-- The first entry says when the event came and stays; beyond `most` entries the oldest of the others goes. An entry that counts stays,
-- because what it has counted may have to be taken back. `before`: the text of an entry that it is put before, in place of the end.
local function add_entry(timeline, text, most, before)
  local size = before and redis.call('LINSERT', timeline, 'BEFORE', before, text) or redis.call('RPUSH', timeline, text)
  if size > most then
    local oldest = 1
    while oldest < most and has_counted(redis.call('LINDEX', timeline, oldest)) do oldest = oldest + 1 end
    redis.call('LSET', timeline, oldest, '')
    redis.call('LREM', timeline, 1, '')
  end
end

-- The time to live of a key is renewed at most once a day, so that most entries do not write it. `life_s` has a day more for that.
local DAY_S = 24 * 3600
local function keep_alive(key, life_s)
  if redis.call('TTL', key) < life_s - DAY_S then redis.call('EXPIRE', key, life_s) end
end

-- Adds a timeline to the indexes among `keys` from `first` to `last`, which keep the `most` that were written to last. Its place there is
-- renewed once a day as well.
local function index_timeline(keys, first, last, at, timeline_id, most, life_s)
  for i = first, last do
    local before = redis.call('ZSCORE', keys[i], timeline_id)
    if not before or tonumber(before) < tonumber(at) - DAY_S * 1000 then
      redis.call('ZADD', keys[i], at, timeline_id)
      redis.call('ZREMRANGEBYRANK', keys[i], 0, -1 - most)
    end
    keep_alive(keys[i], life_s)
  end
end

-- Adds a timeline to the list of all events of its kind, by when it came. Says whether it is new there.
local function list_event(list, at, timeline_id)
  return redis.call('ZADD', list, 'NX', at, timeline_id) == 1
end

-- The list keeps the newest `most`, and none whose timeline has ended.
local function trim_list(list, at, most, life_s)
  redis.call('ZREMRANGEBYRANK', list, 0, -1 - most)
  redis.call('ZREMRANGEBYSCORE', list, '-inf', at - life_s * 1000)
  keep_alive(list, life_s)
end

--- script record-entry
-- Adds an entry to the timeline of an event, and the event to the index of each of its identities. May also write lines into the log of the
-- job.
-- `list`: of all events of its kind.
local timeline, list = KEYS[1], KEYS[2]
-- KEYS from 3 on: with figures, the two hashes that they are counted in and the set of what is rehearsed; what the run observed of drift;
-- with an opportunity that was read, those that Ponte has looked at, and where opportunities are read;
-- one index for each identity; with a job, the job and its log as BullMQ names them, and what waits in its queue.
local job, job_log, waiting = KEYS[#KEYS - 2], KEYS[#KEYS - 1], KEYS[#KEYS]
local first_entry, entry_text = ARGV[1], ARGV[2]
local life_s, max_entries, max_timelines = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local recorded_at, timeline_id = ARGV[6], ARGV[7]
local figures = ARGV[8] ~= '' and cjson.decode(ARGV[8])
-- How the job has ended, as retries count it; empty when it has not.
local has_job, outcome = ARGV[9] ~= '', ARGV[10]
local max_lines, observed, drift_key_count = tonumber(ARGV[11]), ARGV[12], tonumber(ARGV[13])
-- The opportunity that was read, as Ponte has looked at it; empty when none was.
local looked_at = ARGV[14] ~= '' and cjson.decode(ARGV[14])
local max_listed, received_at = tonumber(ARGV[15]), ARGV[16]
-- The jobs of the events that were read from a quarantined delivery.
local derived_jobs = cjson.decode(ARGV[17])
-- Where each job writes to whose outcome is that of its event, by the name of the job.
local destinations = cjson.decode(ARGV[18])
local first_line = 19
local figure_keys, rehearsed, first_drift_key = { KEYS[3], KEYS[4] }, KEYS[5], figures and 6 or 3
-- The outcome of a failure whose job a person has removed, and of one for whose work a later job stands.
local OUTCOMES_AFTER = { removed = 'removed', superseded = 'skipped' }
-- Entries that say what has become of a job.
local JOB_CHANGES = { run = true, retried = true, removed = true, superseded = true }
local first_looked_key = first_drift_key + drift_key_count
local looked_key, path_key = KEYS[first_looked_key], KEYS[first_looked_key + 1]
local first_index = first_looked_key + (looked_at and 2 or 0)
local last_index = has_job and #KEYS - 3 or #KEYS

-- Ends with the time of the entry, which tells it from others of the job. Equal entries in a row keep the end of the last one.
local own = string.sub(entry_text, 2)
local kind = string.match(own, '^"kind":"(%l+)"')

-- This script was sent again, because its answer was lost: everything was recorded. Duplicates may have come at the same time.
local may_have_ended = false
for _, text in ipairs(redis.call('LRANGE', timeline, -10, -1)) do
  if kind ~= 'duplicate' and string.sub(text, -#own) == own then return 1 end
  may_have_ended = may_have_ended or has_counted(text) and not string.find(text, '"kind":"received"', 1, true)
end

local entry = (may_have_ended or outcome ~= '' or kind ~= 'run') and cjson.decode(entry_text)

-- What people do to a job does not say which kind of job it is: a run of the job does.
local function event_of(job_id)
  for _, text in ipairs(redis.call('LRANGE', timeline, 1, -1)) do
    local run = cjson.decode(text)
    if run.kind == 'run' and run.jobId == job_id then return run.event end
  end
end
if kind == 'retried' or kind == 'removed' then entry.event = event_of(entry.jobId) end

-- Whether an earlier end is one of the same thing: an event ends again in any of its jobs for one destination, a job that only follows it,
-- as a write of `statusRD` does, in its own.
local function is_end_of_same(last)
  if last.kind ~= 'run' then return false end
  local destination = destinations[entry.event]
  if not destination then return last.jobId == entry.jobId end
  return destinations[last.event] == destination
end

-- The index and the text of the entry that says what the last end counted, its content, and the outcome. Nil when none counts.
local function last_end()
  local texts = redis.call('LRANGE', timeline, 1, -1)
  for i = #texts, 1, -1 do
    local last = has_counted(texts[i]) and cjson.decode(texts[i])
    if last and is_end_of_same(last) then return i, texts[i], last, string.match(last.counted[3], '^ended:[^:]*:(%l+):') end
  end
end

-- What this end counts, instead of the last one.
local names = {}
local function count_end(counts)
  local index, text, last, before = last_end()
  -- What was done stays done: a later run only finds nothing to do.
  if before == 'done' and entry.outcome == 'skipped' then return end
  for _, count in ipairs(figures.ends) do
    counts[#counts + 1] = count
    names[#names + 1] = count[1]
  end
  -- The timeline must not hold texts of others, so they cannot be taken back. They count with the first success.
  for _, count in ipairs(before == 'done' and {} or figures.texts) do counts[#counts + 1] = count end
  if last then take_back(timeline, index, text) end
end

-- The code of the newest failure of the same event that a person may still retry, in another job. The first job of a mark stays among the
-- failed ones when a later round fails as well. Nil when there is none.
local function code_of_other_failure()
  local texts = redis.call('LRANGE', timeline, 1, -1)
  local seen = { [entry.jobId] = true }
  for i = #texts, 1, -1 do
    local each = cjson.decode(texts[i])
    if JOB_CHANGES[each.kind] and not seen[each.jobId] then
      if each.outcome == 'failed' and destinations[each.event] == destinations[entry.event] then return each.code or '' end
      seen[each.jobId] = true
    end
  end
end

-- A failure is over when its job is removed, and while it runs again, unless the event is failed in another job, too.
local function end_failure(is_again)
  local index, text, last, before = last_end()
  if before ~= 'failed' then return end
  local after = OUTCOMES_AFTER[kind]
  if not after and last.jobId == entry.jobId and not is_again(last) then return end
  local code = destinations[entry.event] and code_of_other_failure()
  if code then after = 'failed' end
  local instead = after and 'ended:' .. last.event .. ':' .. after .. ':' .. (code or '')
  if instead ~= last.counted[3] then take_back(timeline, index, text, instead) end
end

-- The run that a retry has had before it is recorded.
local function run_of_retry(retry)
  local texts = redis.call('LRANGE', timeline, 1, -1)
  for i = #texts, 1, -1 do
    local each = cjson.decode(texts[i])
    if each.kind == 'run' and each.jobId == entry.jobId then return each.retry == retry and texts[i] end
  end
end

-- Nothing to take off when the count is gone. It may have begun anew after the job had come.
local function take_off(field, count)
  if redis.call('EXISTS', waiting) == 1 and redis.call('HINCRBY', waiting, field, -count) < 0 then redis.call('HSET', waiting, field, 0) end
end

local counted, before = '', false
if figures and not is_rehearsed(rehearsed, first_index, last_index, timeline) then
  local counts = figures.counts
  if #figures.ends > 0 then count_end(counts) end
  count_figures(figure_keys, figures.bounds, counts)
  if #names > 0 then
    counted = '"counted":' .. cjson.encode({ figures.hour, figures.day, unpack(names) }) .. ','
  end
end
if OUTCOMES_AFTER[kind] then
  end_failure()
elseif kind == 'retried' then
  local retry = string.match(has_job and redis.call('HGET', job, 'progress') or '', '"retry":"([^"]+)"')
  before = retry and run_of_retry(retry)
  if not before then end_failure(function(last) return last.retry ~= retry end) end
elseif kind == 'run' and outcome == '' and may_have_ended then
  -- Its worker died after it had recorded the failure, before the queue knew of it.
  end_failure(function(last) return last.retry == entry.retry end)
end
if has_job and outcome ~= '' then
  -- Its job no longer waits. One that a person retries does not wait either, as far as this is counted.
  local waits = redis.call('HGET', job, 'waits')
  if waits then
    redis.call('HDEL', job, 'waits')
    take_off('jobs', 1)
    take_off('bytes', waits)
  end
  local retry, part = retry_of(job)
  if retry and not follow_events(retry, part, job, derived_jobs, outcome == 'done') then count_retry(retry, part, job, outcome) end
end

-- A job that is gone gets no log: nobody would remove it.
if has_job and #ARGV >= first_line and redis.call('EXISTS', job) == 1 then
  local first_kept = math.max(first_line, #ARGV + 1 - max_lines)
  local lines = redis.call('RPUSH', job_log, unpack(ARGV, first_kept))
  if lines > max_lines then redis.call('LTRIM', job_log, -max_lines, -1) end
end

local last_text = redis.call('LINDEX', timeline, -1)
if not last_text then
  redis.call('RPUSH', timeline, first_entry)
  if list_event(list, received_at, timeline_id) then trim_list(list, received_at, max_listed, life_s) end
  last_text = first_entry
end
-- What cannot be observed must not keep the end of the run from being recorded.
if drift_key_count > 0 then
  pcall(observe_drift, { unpack(KEYS, first_drift_key, first_looked_key - 1) }, cjson.decode(observed))
end

if looked_at then
  redis.call('ZADD', looked_key, looked_at.updatedAt, looked_at.id)
  redis.call('ZREMRANGEBYRANK', looked_key, 0, -1 - looked_at.most)
  keep_alive(looked_key, life_s)
  if redis.call('GET', path_key) ~= looked_at.path then redis.call('SET', path_key, looked_at.path) end
  keep_alive(path_key, life_s)
end

-- Entries in a row that differ in their time alone are counted as one. Otherwise an event that waits for days, or is delivered again and
-- again, would lose its past.
local content, last_at = string.match(last_text, '("kind".*"at":)(%d+)}$')
if (kind == 'run' or kind == 'duplicate') and content == string.match(own, '^.*"at":') then
  local times, since = string.match(last_text, '^{"times":(%d+),"since":(%d+)')
  if counted == '' then counted = string.match(last_text, '"counted":%b[],') or '' end
  local repeated = string.format('{"times":%d,"since":%s,', (times or 1) + 1, since or last_at)
  redis.call('LSET', timeline, -1, repeated .. counted .. own)
else
  add_entry(timeline, '{' .. counted .. own, max_entries, before)
end
keep_alive(timeline, life_s)
index_timeline(KEYS, first_index, last_index, recorded_at, timeline_id, max_timelines, life_s)
return 1

--- script begin-timelines
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
