-- Shuts a shard: from here on claim.lua, release.lua and stock_batch.lua answer "stale".
--
-- KEYS  1 meta
-- ARGV  1 epoch of the rebuild
-- REPLY "begun" | "outdated" (a later rebuild has begun or ended: ours has lost the lock and must give up)
local meta = redis.call('HMGET', KEYS[1], 'epoch', 'rebuilding')
local newest = math.max(tonumber(meta[1] or '0'), tonumber(meta[2] or '0'))
if tonumber(ARGV[1]) <= newest then return 'outdated' end
redis.call('HDEL', KEYS[1], 'epoch', 'run_id')
redis.call('HSET', KEYS[1], 'rebuilding', ARGV[1])
return 'begun'
