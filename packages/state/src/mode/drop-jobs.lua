-- Takes jobs out of the shadow and the rest: they are in the queue, or erased.
drop_jobs(ARGV)
return 1
