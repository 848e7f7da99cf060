-- Gives one slot back: of a win that PostgreSQL did not take, or of a voucher that was made void.
--
-- KEYS  1 meta, 2 journal, 3 stock, 4 persons (as in claim.lua)
-- ARGV  1 epoch, 2 run_id, 3 person, 4 id of the request (8 bytes), 5 seq, 6 journal id or '', 7 '1' if void else '0'
-- REPLY "stale" | "missing" (the batch is not loaded) | "absent" (given back before) | "released"
--
-- Idempotent: the slot is named by the request's id and its seq, so a second call finds nothing and a slot that the
-- person won later is never touched. `voided` counts slots returned by void, to compare with PostgreSQL.
local RECORD, LAYOUT = 13, '>c8BI4'

local meta = redis.call('HMGET', KEYS[1], 'epoch', 'run_id')
if meta[1] ~= ARGV[1] or meta[2] ~= ARGV[2] then return 'stale' end
redis.call('XLEN', KEYS[2])
if not redis.call('HGET', KEYS[3], 'cap') then return 'missing' end

local records = redis.call('HGET', KEYS[4], ARGV[3]) or ''
local kept, wanted = '', tonumber(ARGV[5])
for at = 1, #records, RECORD do
  local id, _, seq = struct.unpack(LAYOUT, records, at)
  if id ~= ARGV[4] or seq ~= wanted then kept = kept .. string.sub(records, at, at + RECORD - 1) end
end

if ARGV[6] ~= '' then redis.call('XDEL', KEYS[2], ARGV[6]) end
if #kept == #records then return 'absent' end
if #kept == 0 then
  redis.call('HDEL', KEYS[4], ARGV[3])
else
  redis.call('HSET', KEYS[4], ARGV[3], kept)
end
redis.call('HINCRBY', KEYS[3], 'issued', -1)
if ARGV[7] == '1' then redis.call('HINCRBY', KEYS[3], 'voided', 1) end
return 'released'
