-- An entry of a timeline that counts says where and as what: `counted` is [hour, day, name, …]. An arrival counts as one that was received:
-- its name is left out, because every event that waits holds it.
local function has_counted(text)
  return string.find(text, '"counted":[', 1, true) ~= nil
end

-- The name under which an arrival counts.
local function received_name(event) return 'received:' .. event end

-- The text of an entry once it counts nothing. `counted` is the first member of a run, and the last one of an arrival.
local function without_counted(text)
  local first, is_first = string.gsub(text, '"counted":%b[],', '', 1)
  if is_first == 1 then return first end
  return (string.gsub(text, ',"counted":%b[]', '', 1))
end

-- Takes back what the entry `index` of a timeline has counted, from its hour and its day where these are still kept. The entry says so, and
-- nothing is taken back twice. `instead`: what the event counts as there from now on; nil for nothing.
local MOVES_KEPT_S = 3600
local function take_back(timeline, index, text, instead)
  local entry = cjson.decode(text)
  local counted = entry.counted
  if not counted[3] then counted[3] = received_name(entry.event) end
  local prefix = string.match(timeline, '^(.*):timeline:') .. ':figures:'
  for i, span in ipairs({ 'hour', 'day' }) do
    local key = prefix .. span .. ':' .. counted[i]
    for j = 3, #counted do
      if (tonumber(redis.call('HGET', key, counted[j])) or 0) > 0 then
        redis.call('HINCRBY', key, counted[j], -1)
        if instead and j == 3 then redis.call('HINCRBY', key, instead, 1) end
      end
    end
  end
  local now = instead and string.gsub(text, '"counted":%b[]', '"counted":' .. cjson.encode({ counted[1], counted[2], instead }))
  redis.call('LSET', timeline, index, now or without_counted(text))
  -- Tells readers who remember hours and days that have ended.
  redis.call('INCR', prefix .. 'moves')
  redis.call('EXPIRE', prefix .. 'moves', MOVES_KEPT_S)
end

-- From now on what is recorded with this identity counts in no figure. `index`: the key of its timelines. The webhook of a new opportunity
-- may have come before anybody knew whose it is: what it has counted is taken back. `a_timeline`: the key of any timeline.
local function join_rehearsal(rehearsed, index, a_timeline)
  if redis.call('SADD', rehearsed, string.match(index, '[^:]+$')) == 0 then return end
  for _, id in ipairs(redis.call('ZRANGE', index, 0, -1)) do
    local timeline = string.gsub(a_timeline, '[^:]+$', id)
    for i, text in ipairs(redis.call('LRANGE', timeline, 0, -1)) do
      if has_counted(text) then take_back(timeline, i - 1, text) end
    end
  end
end

-- Whether an entry belongs to a rehearsal. KEYS from `first` to `last` are the indexes of its identities, and `rehearsed` is the set of those
-- that a rehearsal has. Its other identities, such as a new opportunity, join them.
local MAX_JOINING = 8
local function is_rehearsed(rehearsed, first, last, timeline)
  if first > last or redis.call('EXISTS', rehearsed) == 0 then return false end
  local is_known = false
  for i = first, last do
    is_known = is_known or redis.call('SISMEMBER', rehearsed, string.match(KEYS[i], '[^:]+$')) == 1
  end
  -- A delivery that names many people is not the rehearsal's alone.
  if is_known and last - first < MAX_JOINING then
    for i = first, last do join_rehearsal(rehearsed, KEYS[i], timeline) end
  end
  return is_known
end

-- Counts figures in the hash of the hour and the hash of the day, for scripts that record something. `bounds`: the lives of both, and how
-- many texts of a kind each may hold. `counts`: what is added, as { name, number }, or { name, number, kind } for an open text.
local function count_figures(keys, bounds, counts)
  if #counts == 0 then return end
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
