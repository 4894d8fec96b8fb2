-- Replaces a job of the shadow or the rest, if it is still there. Returns whether it was.
local id, job = ARGV[1], ARGV[2]

for _, key in ipairs({ jobs_key, rest_key }) do
  if redis.call('HEXISTS', key, id) == 1 then
    redis.call('HSET', key, id, job)
    return 1
  end
end
return 0
