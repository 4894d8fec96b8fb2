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
