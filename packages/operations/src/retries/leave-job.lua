-- A retry leaves out a job: it is no longer failed, or another retry has it. If this retry had taken it, its end may be counted.
local record, job = KEYS[1], KEYS[2]
local part, is_taken = ARGV[1], ARGV[2] == 'taken'

if is_taken then count_retry(record, part, job, 'left') else add_to_record(record, part .. ' left') end
return 1
