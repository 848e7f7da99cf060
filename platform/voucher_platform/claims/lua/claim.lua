-- Judges up to 64 claims of one shard and takes a slot for each winner.
--
-- KEYS  1 meta   hash  epoch, run_id: who may judge. Missing while the store is being rebuilt.
--       2 journal stream: every win until PostgreSQL has it.
--       then for each batch of the call two keys, b = 1, 2, ...
--       2b+1 stock   hash  cap, issued (slots taken), seq (last number given out; never reused)
--       2b+2 persons hash  person -> records of 13 bytes: 8 id of the request, 1 nth, 4 seq
-- ARGV  1 epoch, 2 run_id, then for each claim five:
--       b, person, id of the request (8 bytes), limit a person, payload for the journal
-- REPLY {"stale"}: epoch or run id is not the present one; nothing was judged.
--       else one outcome a claim, in order:
--       {"won", seq, nth, journal id} | {"repeat", seq, nth} | {"limit"} | {"sold"} | {"missing"} (no stock hash)
--
-- The store keeps what a script wrote before it failed. So all reading, parsing and judging (on copies, because one
-- call may hold several claims of one person) stands before the first write, and nothing that may fail after it.
-- A repeat is found by the request's id: sending a call again after a lost reply can never take a second slot.
local RECORD, LAYOUT, ASK = 13, '>c8BI4', 5

local meta = redis.call('HMGET', KEYS[1], 'epoch', 'run_id')
if meta[1] ~= ARGV[1] or meta[2] ~= ARGV[2] then return {'stale'} end
redis.call('XLEN', KEYS[2]) -- a journal of the wrong type must fail here, before a slot is taken

local stocks, people, touched = {}, {}, {}
for b = 1, (#KEYS - 2) / 2 do
  local stock = redis.call('HMGET', KEYS[2 * b + 1], 'cap', 'issued', 'seq')
  if stock[1] then
    stocks[b] = {cap = tonumber(stock[1]), issued = tonumber(stock[2]), seq = tonumber(stock[3])}
  end
  people[b], touched[b] = {}, {}
end

-- The slot of this request if it has one; else how many slots the person has and the lowest free nth.
local function look_up(records, id)
  local used, held = {}, #records / RECORD
  for at = 1, #records, RECORD do
    local known, nth, seq = struct.unpack(LAYOUT, records, at)
    if known == id then return seq, nth end
    used[nth] = true
  end
  local free = 1
  while used[free] do free = free + 1 end
  return nil, free, held
end

local replies, wins = {}, {}
for i = 1, (#ARGV - 2) / ASK do
  local at = 2 + (i - 1) * ASK
  local b, person, id, limit = tonumber(ARGV[at + 1]), ARGV[at + 2], ARGV[at + 3], tonumber(ARGV[at + 4])
  local stock = stocks[b]
  if #id ~= 8 or not limit or limit > 255 then return redis.error_reply('ERR malformed claim') end
  if not stock then
    replies[i] = {'missing'}
  else
    local records = people[b][person] or redis.call('HGET', KEYS[2 * b + 2], person) or ''
    people[b][person] = records
    local seq, nth, held = look_up(records, id)
    if seq then
      replies[i] = {'repeat', seq, nth}
    elseif held >= limit then
      replies[i] = {'limit'}
    elseif stock.issued >= stock.cap then
      replies[i] = {'sold'}
    else
      stock.seq, stock.issued = stock.seq + 1, stock.issued + 1
      people[b][person] = records .. struct.pack(LAYOUT, id, nth, stock.seq)
      touched[b][person] = true
      wins[#wins + 1] = {reply = i, seq = stock.seq, nth = nth, payload = ARGV[at + 5]}
    end
  end
end

-- From here on only writes.
for b, persons in pairs(touched) do
  local pairs_of = {}
  for person in pairs(persons) do
    pairs_of[#pairs_of + 1] = person
    pairs_of[#pairs_of + 1] = people[b][person]
  end
  if #pairs_of > 0 then
    redis.call('HSET', KEYS[2 * b + 2], unpack(pairs_of))
    redis.call('HSET', KEYS[2 * b + 1], 'issued', stocks[b].issued, 'seq', stocks[b].seq)
  end
end
for _, win in ipairs(wins) do
  local journal_id = redis.call('XADD', KEYS[2], '*', 'seq', win.seq, 'nth', win.nth, 'win', win.payload)
  replies[win.reply] = {'won', win.seq, win.nth, journal_id}
end
return replies
