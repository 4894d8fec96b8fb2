-- Whose turn it is: of the given users, the one whose last turn is the oldest. A user that never had a turn goes first, in the order given.
-- An event keeps the user that it got, as long as that user is given. Returns the id of the user.
local turns_key, event_key = KEYS[1], KEYS[2]
local turns_life_s, event_life_s, most_users = ARGV[1], ARGV[2], tonumber(ARGV[3])
-- The users are the arguments from here on.
local first_user = 4

local kept = redis.call('GET', event_key)
local chosen, oldest
for index = first_user, #ARGV do
  local user = ARGV[index]
  if user == kept then return user end
  local last_turn = tonumber(redis.call('ZSCORE', turns_key, user) or -1)
  if not oldest or last_turn < oldest then chosen, oldest = user, last_turn end
end

-- Turns are numbered, because two turns may be taken in one millisecond.
local latest = redis.call('ZREVRANGE', turns_key, 0, 0, 'WITHSCORES')
redis.call('ZADD', turns_key, (tonumber(latest[2]) or 0) + 1, chosen)
redis.call('ZREMRANGEBYRANK', turns_key, 0, -1 - most_users)
redis.call('EXPIRE', turns_key, turns_life_s)
redis.call('SET', event_key, chosen, 'EX', event_life_s)
return chosen
