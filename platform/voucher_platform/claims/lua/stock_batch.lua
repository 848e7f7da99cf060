-- Puts a batch of which nothing was issued yet into the store, or raises the cap of one that is there.
--
-- KEYS  1 meta, 2 stock
-- ARGV  1 epoch, 2 run_id, 3 quota
-- REPLY "stale" | "stocked" (was not there) | "raised" | "kept"
--
-- A quota is only ever raised, so the greater value is the newer one, whoever comes last.
local meta = redis.call('HMGET', KEYS[1], 'epoch', 'run_id')
if meta[1] ~= ARGV[1] or meta[2] ~= ARGV[2] then return 'stale' end

local cap, quota = tonumber(redis.call('HGET', KEYS[2], 'cap') or '0'), tonumber(ARGV[3])
if cap == 0 then
  redis.call('HSET', KEYS[2], 'cap', quota, 'issued', 0, 'seq', 0, 'voided', 0)
  return 'stocked'
end
if quota <= cap then return 'kept' end
redis.call('HSET', KEYS[2], 'cap', quota)
return 'raised'
