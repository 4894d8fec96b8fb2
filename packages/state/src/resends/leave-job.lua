-- A job that a resend had taken was not retried: it is no longer failed.
count_resend(KEYS[1], ARGV[1], KEYS[2], 'left')
return 1
