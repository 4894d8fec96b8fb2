-- Removes the jobs of the shadow that are no longer kept.
local keep_ms, most = tonumber(ARGV[1]), tonumber(ARGV[2])

prune_shadow(keep_ms, most)
return 1
