-- SPDX-License-Identifier: Apache-2.0
-- wrk's requests: the bodies in BENCH_BODY, one a line, one after the other and again, under the headers of BENCH_HEADERS. "@counter@" in a
-- body becomes a number of nine digits that no other request of the run has.
local function read(name)
  local f = assert(io.open(os.getenv(name), "r"))
  local text = f:read("*a")
  f:close()
  return text
end
local bodies, counter = {}, tonumber(os.getenv("BENCH_FROM") or "0")
for line in read("BENCH_BODY"):gmatch("[^\n]+") do
  bodies[#bodies + 1] = line
end
wrk.method = "POST"
for name, value in read("BENCH_HEADERS"):gmatch("([^:\n]+): ([^\n]+)") do
  wrk.headers[name] = value
end
function request()
  counter = counter + 1
  local body = bodies[counter % #bodies + 1]:gsub("@counter@", string.format("%09d", counter), 1)
  return wrk.format(nil, nil, nil, body)
end
