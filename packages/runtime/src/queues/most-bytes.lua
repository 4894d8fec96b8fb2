-- How many bytes of a tenant may be in quarantine.
return math.floor(most_bytes_of(ARGV[1], KEYS[1]))
