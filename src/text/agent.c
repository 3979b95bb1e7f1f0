/* agent: names the program that a request comes from. */
#include "text/agent.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct word {
	const char *said;	/* a whole word of the header */
	const char *name;
};

/* The first that is there counts: libraries name what they stand on, too. */
static const struct word programs[] = {
	{ "curl", "curl" }, { "Wget", "wget" }, { "Wget2", "wget" }, { "HTTPie", "HTTPie" },
	{ "xh", "xh" }, { "PostmanRuntime", "Postman" }, { "insomnia", "Insomnia" },
	{ "bruno-runtime", "Bruno" }, { "WindowsPowerShell", "PowerShell" },
	{ "PowerShell", "PowerShell" }, { "Authlib", "Authlib" },
	{ "python-httpx", "python-httpx" }, { "python-requests", "python-requests" },
	{ "Python-urllib", "python-urllib" }, { "python-urllib3", "python-urllib3" },
	{ "aiohttp", "aiohttp" }, { "Scrapy", "Scrapy" }, { "oauth4webapi", "oauth4webapi" },
	{ "openid-client", "openid-client" }, { "axios", "axios" }, { "node-fetch", "node-fetch" },
	{ "undici", "Node.js" }, { "node", "Node.js" }, { "Deno", "Deno" }, { "Bun", "Bun" },
	{ "Dart", "Dart" }, { "okhttp", "okhttp" }, { "Apache-HttpClient", "Apache HttpClient" },
	{ "Java-http-client", "Java" }, { "ktor-client", "Ktor" }, { "Java", "Java" },
	{ "Go-http-client", "Go" }, { "reqwest", "reqwest" }, { "ureq", "ureq" },
	{ "hyper", "hyper" }, { "Faraday", "Faraday" }, { "Ruby", "Ruby" },
	{ "GuzzleHttp", "Guzzle" }, { "PHP", "PHP" }, { "libwww-perl", "libwww-perl" },
	{ "RestSharp", "RestSharp" }, { "Alamofire", "Alamofire" }, { "Electron", "Electron" },
	{ "ApacheBench", "ApacheBench" },
	{ NULL, NULL },
};

/* Nearly all of them also say that they are Chrome, Safari and Mozilla. */
static const struct word browsers[] = {
	{ "Edg", "Edge" }, { "EdgA", "Edge" }, { "EdgiOS", "Edge" }, { "Edge", "Edge" },
	{ "OPR", "Opera" }, { "OPT", "Opera" }, { "Opera", "Opera" }, { "Vivaldi", "Vivaldi" },
	{ "SamsungBrowser", "Samsung Internet" }, { "YaBrowser", "Yandex Browser" },
	{ "UCBrowser", "UC Browser" }, { "DuckDuckGo", "DuckDuckGo" }, { "Ddg", "DuckDuckGo" },
	{ "GSA", "Google app" }, { "SeaMonkey", "SeaMonkey" }, { "Firefox", "Firefox" },
	{ "FxiOS", "Firefox" }, { "Focus", "Firefox" }, { "Epiphany", "GNOME Web" },
	{ "Konqueror", "Konqueror" }, { "CriOS", "Chrome" }, { "Chromium", "Chromium" },
	{ "HeadlessChrome", "Chrome" }, { "Chrome", "Chrome" }, { "Trident", "Internet Explorer" },
	{ "MSIE", "Internet Explorer" }, { "Safari", "Safari" }, { "CFNetwork", "an app" },
	{ NULL, NULL },
};

/* Android also says that it is Linux, and an iPhone that it is like Mac OS X. */
static const struct word systems[] = {
	{ "Android", "Android" }, { "iPhone", "iPhone" }, { "iPad", "iPad" }, { "iPod", "iPod" },
	{ "CrOS", "ChromeOS" }, { "Windows", "Windows" }, { "Macintosh", "macOS" },
	{ "Darwin", "an Apple device" }, { "FreeBSD", "FreeBSD" }, { "OpenBSD", "OpenBSD" },
	{ "Linux", "Linux" },
	{ NULL, NULL },
};

static bool
is_of_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    c == '-' || c == '_';
}

static bool
has_word(const char *header, const char *said)
{
	const size_t len = strlen(said);

	for (const char *at = header; (at = strstr(at, said)) != NULL; at++)
		if ((at == header || !is_of_word(at[-1])) && !is_of_word(at[len]))
			return true;
	return false;
}

/* Returns the name of the first word of a table that the header has; NULL for none. */
static const char *
find_name(const struct word *table, const char *header)
{
	for (; table->said != NULL; table++)
		if (has_word(header, table->said))
			return table->name;
	return NULL;
}

void
agent_name(const char *header, char name[AGENT_SIZE])
{
	const char *program, *system;

	name[0] = '\0';
	if (header == NULL || *header == '\0')
		return;
	if ((program = find_name(programs, header)) != NULL)
		snprintf(name, AGENT_SIZE, "%s", program);
	else if ((program = find_name(browsers, header)) == NULL)
		snprintf(name, AGENT_SIZE, "another program");
	else if ((system = find_name(systems, header)) == NULL)
		snprintf(name, AGENT_SIZE, "%s", program);
	else
		snprintf(name, AGENT_SIZE, "%s on %s", program, system);
}
