-- Records what runs saw in the answers and webhooks of both systems, and which members have gone (docs/behaviour/operators.md#drift). `keys`: the
-- hash of what has changed, then for each observed kind the list of its newest answers. `seen`: { index of the list, its name,
-- number of its members, answers as { members as bits, record }, 1 if a record counts once }. `unknown`: { name, value } for a value or a form that Ponte does not know.
local drift_run, drift_before, drift_share, drift_records = 50, 200, 0.9, 10
local drift_life_s, drift_life_found_s, drift_most_unknown = 400 * 24 * 3600, 30 * 24 * 3600, 45
-- Stands before the time of a member that is missing and whose answers were about too few records so far. Readers ignore it.
local drift_unproven = '~'
local drift_kept, drift_most = drift_run + drift_before, 300

local function expire_drift(key, life_s)
  -- Renewed at most once a day, so that most answers write nothing but themselves.
  if redis.call('TTL', key) < life_s - 24 * 3600 then redis.call('EXPIRE', key, life_s) end
end

-- The answers of a list, newest last. Nil when one of them cannot be read.
local function drift_answers(texts)
  local answers = {}
  for i, text in ipairs(texts) do
    local mask, record, at = string.match(text, '^(%d+) (%S*) (%d+)$')
    if not mask then return nil end
    answers[i] = { mask = tonumber(mask), record = record, at = at }
  end
  return answers
end

-- The members that any of these answers had.
local function drift_any(answers, first, last)
  local any = 0
  for i = first, last do any = bit.bor(any, answers[i].mask) end
  return any
end

-- Whether a member that none of the last answers has was expected. Returns when it was last seen, and whether that proves a change: one
-- record that is read again and again proves nothing, unless it had the member before.
local function drift_since(answers, member)
  local with, count, last = {}, 0, nil
  for i = 1, drift_before do
    local answer = answers[i]
    if bit.band(answer.mask, member) ~= 0 then
      with[answer.record] = true
      count, last = count + 1, answer.at
    end
  end
  if count < drift_share * drift_before then return nil end
  local records, different, all_had_it = {}, 0, true
  for i = drift_before + 1, drift_kept do
    local record = answers[i].record
    if not records[record] then
      records[record] = true
      different = different + 1
      all_had_it = all_had_it and with[record] == true
    end
  end
  return last, different >= drift_records or all_had_it
end

-- The members that an answer had among the newest ones that are about enough different records. Nil when there are too few records.
local function drift_recent(answers)
  local records, different, any = {}, 0, 0
  for i = #answers, 1, -1 do
    local answer = answers[i]
    any = bit.bor(any, answer.mask)
    if not records[answer.record] then
      records[answer.record] = true
      different = different + 1
      if different >= drift_records then return any end
    end
  end
  return nil
end

-- Whether one of the answers that are kept says the same of this record.
local function is_known(key, mask, record)
  local same = string.format('%.0f %s ', mask, record)
  for _, text in ipairs(redis.call('LRANGE', key, 0, -1)) do
    if string.sub(text, 1, #same) == same then return true end
  end
  return false
end

local function observe_answer(found_key, found, key, kind, members, seen)
  local mask, all = seen[1], 2 ^ members - 1
  local count = redis.call('RPUSH', key, string.format('%.0f %s %.0f', mask, seen[2], now_ms()))
  -- Not with each answer, because every change is written to the disk.
  if count >= drift_most then redis.call('LTRIM', key, -drift_kept, -1) end
  expire_drift(key, drift_life_s)

  local function begin_anew()
    redis.call('LTRIM', key, -1, -1)
  end

  local function find(number, since)
    found[kind .. ' ' .. number] = since
    redis.call('HSET', found_key, kind .. ' ' .. number, since)
    redis.call('EXPIRE', found_key, drift_life_found_s)
  end

  -- Each member is judged when it has just been missing for the whole run, and all are as soon as there are enough answers.
  local had = 0
  if count == drift_kept then
    had = all
  elseif count > drift_kept and mask ~= all then
    had = tonumber(string.match(redis.call('LINDEX', key, -drift_run - 1), '^%d+')) or all
  end
  if bit.band(had, bit.bnot(mask)) ~= 0 then
    local recent = drift_answers(redis.call('LRANGE', key, -drift_run - 1, -1))
    if not recent then return begin_anew() end
    local due = bit.band(had, bit.bnot(drift_any(recent, 2, drift_run + 1)))
    if due ~= 0 then
      local answers = drift_answers(redis.call('LRANGE', key, -drift_kept, -1))
      if not answers then return begin_anew() end
      for number = 0, members - 1 do
        if bit.band(due, 2 ^ number) ~= 0 then
          local since, is_proven = drift_since(answers, 2 ^ number)
          if since then find(number, is_proven and since or drift_unproven .. since) end
        end
      end
    end
  end

  if next(found) == nil then return end
  local any, recent
  for number = 0, members - 1 do
    local field, member = kind .. ' ' .. number, 2 ^ number
    if found[field] then
      local is_back = bit.band(mask, member) ~= 0
      if not is_back and not any then
        local answers = drift_answers(redis.call('LRANGE', key, -drift_kept, -1))
        if not answers then return begin_anew() end
        any, recent = drift_any(answers, 1, #answers), drift_recent(answers)
      end
      -- Without an answer that had it, this is how answers are now.
      if is_back or bit.band(any, member) == 0 then
        found[field] = nil
        redis.call('HDEL', found_key, field)
      else
        local unproven_since = string.match(found[field], '^' .. drift_unproven .. '(%d+)$')
        if unproven_since and recent and bit.band(recent, member) == 0 then find(number, unproven_since) end
        expire_drift(found_key, drift_life_found_s)
      end
    end
  end
end

-- A value or a form that Ponte does not know, with the times of the first and the last. Beyond the most names, `name` stands for all others.
local function observe_unknown(found_key, found, unknown)
  local name, value = unknown[1], unknown[2]
  local names, day_ago = 0, now_ms() - 24 * 3600 * 1000
  for field, times in pairs(found) do
    if string.sub(field, 1, 1) == '?' then
      local is_over = (tonumber(string.match(times, '%d+$')) or 0) < day_ago
      if is_over then redis.call('HDEL', found_key, field) else names = names + 1 end
      if is_over then found[field] = nil end
    end
  end
  local field = '?' .. name .. ' ' .. value
  if not found[field] and names >= drift_most_unknown then field = '?' .. name .. ' ' end
  local now = string.format('%.0f', now_ms())
  local first = string.match(found[field] or '', '^(%d+) %d+$') or now
  found[field] = first .. ' ' .. now
  redis.call('HSET', found_key, field, found[field])
  redis.call('EXPIRE', found_key, drift_life_found_s)
end

local function observe_drift(keys, observed)
  local found, flat = {}, redis.call('HGETALL', keys[1])
  for i = 1, #flat, 2 do found[flat[i]] = flat[i + 1] end
  for _, each in ipairs(observed.seen) do
    local key, counts_once = keys[each[1] + 1], each[5] == 1
    for _, seen in ipairs(each[4]) do
      local is_repeat = counts_once and is_known(key, seen[1], seen[2])
      if not is_repeat then observe_answer(keys[1], found, key, each[2], each[3], seen) end
    end
  end
  for _, unknown in ipairs(observed.unknown) do observe_unknown(keys[1], found, unknown) end
end
