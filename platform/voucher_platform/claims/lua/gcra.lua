-- One rate limit on one key (generic cell rate algorithm, by the server's clock).
--
-- KEYS  1 the limit's key: the time, in microseconds, at which all permits will be back
-- ARGV  1 microseconds a permit takes to come back, 2 permits
-- REPLY 0: within the limit and charged. n > 0: over it; the next permit is there in n microseconds.
--
-- At most `permits` at once, and `permits` a window in the long run. An attempt over the limit takes no permit, so
-- that the wait it is told is true.
local now = redis.call('TIME')
now = now[1] * 1000000 + now[2]
local each, permits = tonumber(ARGV[1]), tonumber(ARGV[2])
local back = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now) + each
local wait = back - each * permits - now
if wait > 0 then return math.ceil(wait) end
redis.call('SET', KEYS[1], string.format('%.0f', back), 'PX', math.ceil((back - now) / 1000))
return 0
