-- Opens a shard under the epoch of the rebuild that shut it.
--
-- KEYS  1 meta
-- ARGV  1 epoch of the rebuild, 2 run_id of the server that was loaded
-- REPLY "open" | "outdated" (another rebuild has begun since, or the store was emptied)
if redis.call('HGET', KEYS[1], 'rebuilding') ~= ARGV[1] then return 'outdated' end
redis.call('HDEL', KEYS[1], 'rebuilding')
redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'run_id', ARGV[2])
return 'open'
