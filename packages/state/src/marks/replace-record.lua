-- KEYS[1]: a record. ARGV: what it was, what it is to be. 0 when it is another one by now. It lives as long as before.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
return 1
