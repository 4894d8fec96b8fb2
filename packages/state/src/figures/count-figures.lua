-- From now on what is recorded with this identity counts in no figure. `index`: the key of its timelines. The webhook of a new opportunity
-- may have come before anybody knew whose it is: its arrival is taken back from the hour and the day that it was counted in.
-- `a_timeline`, `figure_keys`: the key of any timeline, and of any hour and day.
local function join_rehearsal(rehearsed, index, a_timeline, figure_keys)
  if redis.call('SADD', rehearsed, string.match(index, '[^:]+$')) == 0 then return end
  for _, id in ipairs(redis.call('ZRANGE', index, 0, -1)) do
    local text = redis.call('LINDEX', string.gsub(a_timeline, '[^:]+$', id), 0)
    local entry = text and cjson.decode(text)
    for i, span in ipairs(entry and entry.counted or {}) do
      local key, figure = string.gsub(figure_keys[i], '[^:]+$', span), 'received:' .. entry.event
      if (tonumber(redis.call('HGET', key, figure)) or 0) > 0 then redis.call('HINCRBY', key, figure, -1) end
    end
  end
end

-- Whether an entry belongs to a rehearsal. KEYS from `first` to `last` are the indexes of its identities, and `rehearsed` is the set of those
-- that a rehearsal has. Its other identities, such as a new opportunity, join them.
local MOST_JOINING = 8
local function is_rehearsed(rehearsed, first, last, timeline, figure_keys)
  if first > last or redis.call('EXISTS', rehearsed) == 0 then return false end
  local is_known = false
  for i = first, last do
    is_known = is_known or redis.call('SISMEMBER', rehearsed, string.match(KEYS[i], '[^:]+$')) == 1
  end
  -- A delivery that names many people is not the rehearsal's alone.
  if is_known and last - first < MOST_JOINING then
    for i = first, last do join_rehearsal(rehearsed, KEYS[i], timeline, figure_keys) end
  end
  return is_known
end

-- Counts figures in the hash of the hour and the hash of the day, for scripts that record something. `bounds`: the lives of both, and how
-- many texts of a kind each may hold. `counts`: what is added, as { name, number }, or { name, number, kind } for an open text. Nothing is
-- counted in the shadow.
local function count_figures(keys, bounds, counts)
  if #counts == 0 then return end
  local mode_key = string.gsub(keys[1], ':figures:.*$', ':mode')
  if redis.call('HGET', mode_key, 'mode') == 'shadow' then return end
  for i, key in ipairs(keys) do
    local added, names = {}, {}
    local function add(name, number)
      if not added[name] then names[#names + 1] = name end
      added[name] = (added[name] or 0) + number
    end

    -- A hash holds at most `bounds.most` texts of each kind. Further texts are counted under the empty name.
    local function name_of(name, kind)
      if added[name] or redis.call('HEXISTS', key, name) == 1 then return name end
      local texts = 'texts:' .. kind
      if (tonumber(redis.call('HGET', key, texts)) or 0) + (added[texts] or 0) >= bounds.most then return kind .. ':' end
      add(texts, 1)
      return name
    end

    for _, each in ipairs(counts) do
      add(each[3] and name_of(each[1], each[3]) or each[1], each[2])
    end
    local values = redis.call('HMGET', key, unpack(names))
    local pairs_to_set = {}
    for j, name in ipairs(names) do
      pairs_to_set[#pairs_to_set + 1] = name
      pairs_to_set[#pairs_to_set + 1] = string.format('%.0f', (tonumber(values[j]) or 0) + added[name])
    end
    -- All fields at once, because Redis logs each command.
    redis.call('HSET', key, unpack(pairs_to_set))
    if redis.call('TTL', key) < 0 then redis.call('EXPIRE', key, bounds.lives[i]) end
  end
end
