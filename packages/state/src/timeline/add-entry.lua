-- For scripts that write timelines.
-- The first entry says when the event came and stays; beyond `most` entries the oldest of the others goes.
local function add_entry(timeline, text, most)
  if redis.call('RPUSH', timeline, text) > most then
    redis.call('LSET', timeline, 1, '')
    redis.call('LREM', timeline, 1, '')
  end
end

-- Adds a timeline to the indexes among `keys` from `first` to `last`, which keep the newest `most`.
local function index_timeline(keys, first, last, at, timeline_id, most, life_s)
  for i = first, last do
    if redis.call('ZADD', keys[i], at, timeline_id) == 1 then redis.call('ZREMRANGEBYRANK', keys[i], 0, -1 - most) end
    redis.call('EXPIRE', keys[i], life_s)
  end
end
