-- wrk -t 1 -s wrk.lua: sends requests that were made beforehand, and counts every reply by its status.
--
-- BENCH_REQUESTS      file: each request as its length, a newline, its bytes
-- BENCH_SECONDS       how long to send
-- BENCH_WARM_SECONDS  how much of that lies before the window in which rates are counted
-- BENCH_AGAIN         "1": the first request follows the last; else sending ends with the file
--
-- wrk itself would hang up in the middle of its last requests. So when sending ends, each connection asks for PROBE
-- instead, whose 200 no claim ever gets, until every request has its reply; "drained" then tells whoever started wrk.
local ffi = require("ffi")
ffi.cdef [[
  struct bench_time { long seconds; long nanoseconds; };
  int clock_gettime(int clock, struct bench_time *time);
]]
local PROBE, PROBE_STATUS, MONOTONIC = "GET /v1/health HTTP/1.1\r\nHost: bench\r\n\r\n", 200, 1
local SECONDS, WARM = tonumber(os.getenv("BENCH_SECONDS")), tonumber(os.getenv("BENCH_WARM_SECONDS"))
local AGAIN = os.getenv("BENCH_AGAIN") == "1"

local time = ffi.new("struct bench_time")
local function now()
  ffi.C.clock_gettime(MONOTONIC, time)
  return tonumber(time.seconds) + tonumber(time.nanoseconds) / 1e9
end

local workers = {}
function setup(thread) workers[#workers + 1] = thread end

local requests, at = {}, 0
local looked_at, opens, ends, closed, processor_s = false, nil, nil, nil, 0
sent, answered, window_s, cpu_s, answers, in_window, over = 0, 0, 0, 0, {}, {}, false -- global: read by `done`

function init()
  local file = assert(io.open(os.getenv("BENCH_REQUESTS"), "rb"))
  for length in file:lines() do requests[#requests + 1] = file:read(tonumber(length)) end
  file:close()
end

function request()
  if not looked_at then -- wrk looks at one request before it begins, and does not send it
    looked_at = true
    return PROBE
  end
  local moment = now()
  if not opens then opens, ends, processor_s = moment + WARM, moment + SECONDS, os.clock() end
  if not closed then
    if moment < ends and (at < #requests or AGAIN) then
      at, sent = at % #requests + 1, sent + 1
      return requests[at]
    end
    closed, window_s = moment, math.max(moment - opens, 0)
  end
  return PROBE
end

function response(status)
  if status ~= PROBE_STATUS then
    answered = answered + 1
    answers[status] = (answers[status] or 0) + 1
    if not closed and now() >= opens then in_window[status] = (in_window[status] or 0) + 1 end
  end
  if closed and answered == sent and not over then
    over, cpu_s = true, os.clock() - processor_s
    wrk.thread:stop()
    io.stdout:write("drained\n")
    io.stdout:flush()
  end
end

function done(summary)
  local one, errors = workers[1], summary.errors
  io.write(string.format("counted sent=%d window_s=%.6f cpu_s=%.6f\n", one:get("sent"), one:get("window_s"), one:get("cpu_s")))
  local windows = one:get("in_window")
  for status, count in pairs(one:get("answers")) do
    io.write(string.format("status %d answers=%d in_window=%d\n", status, count, windows[status] or 0))
  end
  io.write(string.format("errors connect=%d read=%d write=%d\n", errors.connect, errors.read, errors.write))
end
