-- What wrk sends, and what it says at the end: one line of figures for tests/bench/run.
-- BENCH_TOKENS names a file of bearer tokens, shown one after the other; or, with BENCH_COOKIE, which names a cookie, of
-- its values. BENCH_FORM is the body of a POST, which may
-- be refused with 429 or 503; BENCH_PAUSE is how long each connection then waits between two of them, in milliseconds.
-- BENCH_REGISTER is what the names of users begin with, of whom each request registers another.
-- BENCH_REFRESH names a file of refresh tokens: each is shown once, and then what came back for it.

local tokens = {}
local count = 0
local sender
wrong = 0	-- answers that there should not be

function setup(thread)
	sender = thread
end

function init()
	local form = os.getenv("BENCH_FORM")
	if os.getenv("BENCH_REGISTER") then
		wrk.method = "POST"
		wrk.headers["Content-Type"] = "application/json"
		return
	end
	if os.getenv("BENCH_REFRESH") then
		for token in io.lines(os.getenv("BENCH_REFRESH")) do
			tokens[#tokens + 1] = token
		end
		form = "grant_type=refresh_token"
	end
	if form then
		wrk.method = "POST"
		wrk.body = form
		wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
		return
	end
	for token in io.lines(os.getenv("BENCH_TOKENS")) do
		local headers = { ["Authorization"] = "Bearer " .. token }
		if os.getenv("BENCH_COOKIE") then
			headers = { ["Cookie"] = os.getenv("BENCH_COOKIE") .. "=" .. token }
		end
		tokens[#tokens + 1] = wrk.format("GET", nil, headers)
	end
end

function request()
	if #tokens == 0 then
		return wrk.format()
	end
	count = count % #tokens + 1
	return tokens[count]
end

if os.getenv("BENCH_REFRESH") then
	function request()
		return wrk.format(nil, nil, nil, "grant_type=refresh_token&refresh_token=" .. table.remove(tokens))
	end

	function response(status, _, body)
		local token = body:match('"refresh_token":"([^"]+)"')
		if token then
			tokens[#tokens + 1] = token
		else
			wrong = wrong + 1
		end
	end
end

if os.getenv("BENCH_REGISTER") then
	function request()
		count = count + 1
		return wrk.format(nil, nil, nil, string.format(
		    '{"username":"%s%d","password":"correct horse battery staple"}', os.getenv("BENCH_REGISTER"), count))
	end
end

if os.getenv("BENCH_FORM") then
	function response(status)
		if status ~= 200 and status ~= 401 and status ~= 429 and status ~= 503 then
			wrong = wrong + 1
		end
	end
end

if os.getenv("BENCH_PAUSE") then
	function delay()
		return tonumber(os.getenv("BENCH_PAUSE"))
	end
end

function done(summary, latency, requests)
	local errors = summary.errors
	io.write(string.format("figures %d %d %d %d %d %d %d\n", summary.requests, summary.duration, errors.status,
	    errors.connect + errors.read + errors.write + errors.timeout + sender:get("wrong"),
	    latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
