-- Every script starts with this. All times are Redis's, so that all processes agree.

--- Milliseconds since 1970, with the microseconds as a fraction.
local function precise_now()
  local time = redis.call('TIME')
  return time[1] * 1000 + time[2] / 1000
end

--- Milliseconds since 1970.
local function now_ms()
  return math.floor(precise_now())
end
