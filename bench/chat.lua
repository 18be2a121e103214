-- SPDX-License-Identifier: Apache-2.0
-- wrk's request: the body in BENCH_BODY under the headers of BENCH_HEADERS (files; `name: value` lines).
local function read(name)
  local f = assert(io.open(os.getenv(name), "r"))
  local text = f:read("*a")
  f:close()
  return text
end
wrk.method = "POST"
wrk.body = read("BENCH_BODY")
for name, value in read("BENCH_HEADERS"):gmatch("([^:\n]+): ([^\n]+)") do
  wrk.headers[name] = value
end
