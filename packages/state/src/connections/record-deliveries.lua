-- Records what became of the deliveries of one source since a process last wrote it. Ages are milliseconds before now; empty: there was none.
-- Returns 1 while refused deliveries stand, otherwise 0. What was refused came after what was accepted. Another process may have written since, about deliveries of the same time.
local refused_key, delivery_key = KEYS[1], KEYS[2]
local refused_life_s, delivery_life_s = ARGV[1], ARGV[2]
-- `write_ms`: how often a process writes. `certain_ms`: until all have written what they accepted. `calm_ms`: until the next episode.
local write_ms, certain_ms, calm_ms = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local many, many_within_ms = tonumber(ARGV[6]), tonumber(ARGV[7])
local accepted_age, delivered_age, first_age = tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])
-- ARGV continues with pairs of a reason and how many were refused for it, then with the ages of the last refused ones, oldest first.
local reason_count = tonumber(ARGV[11])
local first_recent = 12 + 2 * reason_count

local now = now_ms()
local function read()
  local text = redis.call('GET', refused_key)
  local is_read, value = pcall(cjson.decode, text or '{}')
  return is_read and type(value) == 'table' and value or {}
end
-- A clock that was put back has left times to come.
local delivered = tonumber(redis.call('GET', delivery_key) or 0)
if delivered > now then delivered = 0 end
local run = read()
if run.last and run.last > now then
  run.first, run.last, run.alertFrom = math.min(run.first, now), now, now + certain_ms
  for at, time in ipairs(run.recent) do run.recent[at] = math.min(time, now) end
end

if accepted_age and run.last and run.last <= now - accepted_age + write_ms then
  run = { ended = run.isMany and run.alertFrom <= now and now or run.ended }
  if run.ended then redis.call('SET', refused_key, cjson.encode(run), 'PX', calm_ms) else redis.call('DEL', refused_key) end
end
local last_age = tonumber(ARGV[#ARGV])
-- The times of two processes are exact to the second.
if first_age and now - last_age > delivered - 1000 then
  if not run.last then
    run.first = math.max(now - first_age, delivered)
    local is_calm = not run.ended or run.ended > now or now - run.ended >= calm_ms
    run.alertFrom = run.first + (is_calm and certain_ms or calm_ms)
    run.reasons, run.recent = {}, {}
  end
  run.last = math.max(run.last or 0, now - last_age)
  for at = 12, first_recent - 1, 2 do
    run.reasons[ARGV[at]] = (run.reasons[ARGV[at]] or 0) + tonumber(ARGV[at + 1])
  end
  for at = first_recent, #ARGV do table.insert(run.recent, now - ARGV[at]) end
  table.sort(run.recent)
  while #run.recent > many do table.remove(run.recent, 1) end
  if #run.recent == many and run.recent[many] - run.recent[1] <= many_within_ms then run.isMany = true end
  redis.call('SET', refused_key, cjson.encode(run), 'EX', refused_life_s)
end
if delivered_age and now - delivered_age > delivered then
  redis.call('SET', delivery_key, string.format('%.0f', now - delivered_age), 'EX', delivery_life_s)
end
return run.last and 1 or 0
