-- Adds a member to a sorted set of bounded size. In one step, so that no key is ever without a time to live.
local key = KEYS[1]
local score, member = ARGV[1], ARGV[2]
local max_members, life_s = tonumber(ARGV[3]), ARGV[4]
-- '1': a member that is there already keeps its score.
local keeps_score = ARGV[5] == '1'

if keeps_score then
  redis.call('ZADD', key, 'NX', score, member)
else
  redis.call('ZADD', key, score, member)
end
redis.call('ZREMRANGEBYRANK', key, 0, -1 - max_members)
redis.call('EXPIRE', key, life_s)
return 1
