-- Takes places for jobs of imports, and returns how many. A job that has ended or is gone leaves its place; one that is not there yet keeps
-- it for a while. Retries of ended jobs by a person take no place.
local importing = KEYS[1]
local most, unused_ms, prefix = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local wanted, keep_s = #ARGV - 3, 30 * 24 * 3600

local now = precise_now()
if redis.call('ZCARD', importing) + wanted > most then
  local taken = redis.call('ZRANGE', importing, 0, -1, 'WITHSCORES')
  for i = 1, #taken, 2 do
    local job = prefix .. taken[i]
    local is_there = redis.call('EXISTS', job) == 1
    local has_ended = is_there and redis.call('HEXISTS', job, 'finishedOn') == 1
    if has_ended or (not is_there and now - tonumber(taken[i + 1]) > unused_ms) then
      redis.call('ZREM', importing, taken[i])
    end
  end
end

local granted = math.max(0, math.min(wanted, most - redis.call('ZCARD', importing)))
for i = 1, granted do redis.call('ZADD', importing, now, ARGV[i + 3]) end
redis.call('EXPIRE', importing, keep_s)
return granted
