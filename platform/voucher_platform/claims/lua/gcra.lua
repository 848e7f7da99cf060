-- Attempts of one shard against their rate limits (generic cell rate algorithm, by the server's clock).
--
-- KEYS  the limits of each attempt, narrowest first, attempt after attempt; a key holds the time, in microseconds, at
--       which all of its permits will be back
-- ARGV  for each run of attempts under the same limits: how many attempts, how many limits each; then limit by limit
--       1 microseconds a permit takes to come back, 2 permits
-- REPLY for each attempt that is refused, and only for those: its place in KEYS' order from 1, the place of the limit
--       that refuses it, and in how many microseconds no limit that judged it will be in its way
--
-- At most `permits` at once, and one more for every `each` microseconds. An attempt takes a permit of one limit after
-- another until one refuses; that one and the wider ones keep theirs, so whoever is over his own limit cannot use up
-- what others share. No more than `permits` are ever taken, so no time to come lies beyond `full`: one that does was
-- written before the clock jumped back. It counts as all permits taken now, and is written so, or it would stay ahead.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local held = redis.call('MGET', unpack(KEYS))
local back, changed = {}, {}
for at = 1, #KEYS do
  back[KEYS[at]] = tonumber(held[at]) or now
end
local refused, at, word, place = {}, 0, 1, 0
while ARGV[word] do
  local attempts, limits = tonumber(ARGV[word]), tonumber(ARGV[word + 1])
  local each, permits = {}, {}
  for limit = 1, limits do
    each[limit], permits[limit] = tonumber(ARGV[word + 2 * limit]), tonumber(ARGV[word + 2 * limit + 1])
  end
  word = word + 2 + 2 * limits
  for _ = 1, attempts do
    place = place + 1
    local longest = 0
    for limit = 1, limits do
      local key, full = KEYS[at + limit], now + each[limit] * permits[limit]
      local due = math.max(back[key], now) + each[limit]
      if back[key] > full then
        back[key], changed[key], due = full, true, full + each[limit]
      end
      longest = math.max(longest, due - full)
      if due > full then
        refused[#refused + 1], refused[#refused + 2], refused[#refused + 3] = place, limit, longest
        break
      end
      back[key], changed[key] = due, true
      longest = math.max(longest, due + each[limit] - full)
    end
    at = at + limits
  end
end
for key in pairs(changed) do
  redis.call('SET', key, back[key], 'PX', math.ceil((back[key] - now) / 1000))
end
return refused
