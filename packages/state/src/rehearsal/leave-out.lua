-- From now on what is recorded with these identities counts in no figure.
-- KEYS: the set of what is rehearsed; the index of each identity.
-- ARGV: the life of the set; the key of any timeline.
for i = 2, #KEYS do join_rehearsal(KEYS[1], KEYS[i], ARGV[2]) end
redis.call('EXPIRE', KEYS[1], ARGV[1])
return 1
