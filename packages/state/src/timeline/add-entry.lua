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
