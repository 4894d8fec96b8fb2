-- Records that members of a hash were used today. Each holds "since:last", in days since 1970: since when it is watched, and when it was
-- last used. ARGV may list, after the used members, all that are watched from now on. All others are then forgotten.
local key = KEYS[1]
local keep_s, used_count = tonumber(ARGV[1]), tonumber(ARGV[2])
local first_used, last_used = 3, used_count + 2

local today = string.format('%.0f', math.floor(now_ms() / 86400000))
if #ARGV > last_used then
  local watched = {}
  for i = last_used + 1, #ARGV do watched[ARGV[i]] = true end
  for _, member in ipairs(redis.call('HKEYS', key)) do
    if not watched[member] then redis.call('HDEL', key, member) end
  end
  for i = last_used + 1, #ARGV do redis.call('HSETNX', key, ARGV[i], today .. ':') end
end
for i = first_used, last_used do
  local since = string.match(redis.call('HGET', key, ARGV[i]) or '', '^%d+') or today
  redis.call('HSET', key, ARGV[i], since .. ':' .. today)
end
redis.call('EXPIRE', key, keep_s)
return 1
