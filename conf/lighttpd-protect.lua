-- For lighttpd-protect.conf.sample: the headers X-Auth-* are bearward's, never a client's.
--
-- lighttpd runs this twice: before bearward is asked, when it knows nothing and only takes away,
-- and before the request goes to the application. A CGI-like application reads X_Auth_User as the
-- same name, so that goes as well.
local request = lighty.r
local names = { "Sub", "User", "Client", "Scope", "Exp" }
local ours, forged = {}, {}

for _, name in ipairs(names) do
	ours["x-auth-" .. name:lower()] = true
end
for name in pairs(request.req_header) do
	if ours[name:lower():gsub("_", "-")] then
		table.insert(forged, name)
	end
end
for _, name in ipairs(forged) do
	request.req_header[name] = nil
end
for _, name in ipairs(names) do
	request.req_header["X-Auth-" .. name] = request.req_env["AUTH_" .. name:upper()]
end
return 0
