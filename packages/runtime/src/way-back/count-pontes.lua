-- How many of these jobs are Ponte's. `owner_of` is put before this script. ARGV: the prefix of a job's key, then ids.
local count = 0
for i = 2, #ARGV do
  if owner_of(redis.call('HGET', ARGV[1] .. ARGV[i], 'data')) == 'ponte' then count = count + 1 end
end
return count
