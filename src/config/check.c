/* config_check: checks settings against one another. */
#include "config/check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "config/accent.h"
#include "config/cost.h"
#include "config/public_url.h"
#include "text/mail.h"
#include "text/origins.h"
#include "text/scope.h"

/* Each check returns what is wrong, static, or NULL. */
static const char *
check_possible_cost(const struct config *config)
{
	if (cost_is_possible(config->scrypt_log2_n, config->scrypt_r, config->scrypt_p))
		return NULL;
	return "with scrypt_r and scrypt_p a hash would need over 256 MiB (128 N r) or over 2^24 "
	       "steps (N r p); lower one of the three";
}

static const char *
check_secure_cost(const struct config *config)
{
	if (config->insecure_hash_cost ||
	    cost_is_secure(config->scrypt_log2_n, config->scrypt_r, config->scrypt_p))
		return NULL;
	return "with scrypt_r and scrypt_p weaker than OWASP advises; use at least 14, 8 and 5 "
	       "(or 17 8 1, 16 8 2, 15 8 3, 13 8 10), or set insecure_hash_cost = yes where no "
	       "real password is kept";
}

/* Whoever names no scope gets this one: it must be nobody's privilege. */
static const char *
check_default_scope(const struct config *config)
{
	if (scope_is_within(config->default_scope, config->scopes, NULL))
		return NULL;
	return "holds a scope that is not in scopes; add it there";
}

static const char *
check_scopes(const struct config *config)
{
	if (scope_has(config->scopes, SCOPE_INTROSPECT))
		return "holds " SCOPE_INTROSPECT ", with which everyone could ask what others' "
		       "tokens are good for; put it into restricted_scopes, and give it to a user "
		       "with `bearward user scope`";
	if (config->metrics && scope_has(config->scopes, SCOPE_METRICS))
		return "holds " SCOPE_METRICS ", with which everyone could read /metrics; put it "
		       "into restricted_scopes, and give it to a user with `bearward user scope`";
	return NULL;
}

static const char *
check_me_scope(const struct config *config)
{
	if (scope_is_within(config->me_scope, config->scopes, config->restricted_scopes))
		return NULL;
	return "is in neither scopes nor restricted_scopes, so nobody could have it; add it to "
	       "one of them";
}

/* A scope that everyone may have is not restricted, whatever the other list says. */
static const char *
check_restricted_scopes(const struct config *config)
{
	if (!scope_share(config->restricted_scopes, config->scopes))
		return NULL;
	return "shares a scope with scopes, which gives it to everyone; take it out of one of "
	       "them (registration = bearer restricts " SCOPE_USERS_CREATE ")";
}

static const char *
check_allowed_origins(const struct config *config)
{
	return origins_find_fault(config->allowed_origins);
}

static const char below_access_token[] = "is below access_token_ttl, so a sign-in would end "
    "before its token; raise it, or set refresh_tokens = no";

static const char *
check_refresh_token_idle(const struct config *config)
{
	if (!config->refresh_tokens || config->refresh_token_idle >= config->access_token_ttl)
		return NULL;
	return below_access_token;
}

static const char *
check_refresh_token_ttl(const struct config *config)
{
	if (!config->refresh_tokens || config->refresh_token_ttl >= config->access_token_ttl)
		return NULL;
	return below_access_token;
}

/* A token is not replaced within its window, and only that renews a sign-in. */
static const char *
check_refresh_window(const struct config *config)
{
	if (!config->refresh_tokens || config->refresh_window < config->refresh_token_idle)
		return NULL;
	return "is not below refresh_token_idle, so a sign-in could never be renewed; lower it";
}

static const char *
check_accent(const struct config *config)
{
	if (*config->accent == '\0' || accent_is_colour(config->accent))
		return NULL;
	return "is no colour; write it as #rgb or #rrggbb, as in #0e6b5e";
}

/* It goes into a header as it is: a browser must read in it what stands there. */
static const char *
check_home(const struct config *config)
{
	const char *home = config->home, *host = strstr(home, "://");
	const size_t scheme_len = host == NULL ? 0 : (size_t)(host - home);
	size_t len;

	if (strchr(home, ' ') != NULL)
		return "has a space; write %20";
	if (home[0] == '/' && home[1] != '/')
		return NULL;
	if ((scheme_len == 4 || scheme_len == 5) && strncmp(home, "https", scheme_len) == 0) {
		len = strspn(host + 3, "abcdefghijklmnopqrstuvwxyz0123456789-._:[]");
		if (len > 0 && strchr("/?#", host[3 + len]) != NULL)
			return NULL;
	}
	return "is neither a path of this site nor the address of another: write /start, or "
	       "https://www.example.org/";
}

static const char *
check_return_origins(const struct config *config)
{
	if (origins_are_any(config->return_origins))
		return "would lead people from the form to any site that a link names: name each "
		       "origin";
	return origins_find_fault(config->return_origins);
}

static const char *
check_notify(const struct config *config)
{
	if (*config->notify == '\0')
		return NULL;
	if (*config->notify != '/')
		return "is not the whole path of a program, as /usr/sbin/sendmail is";
	if (public_url_get(config) == NULL)
		return "needs an address for the links in messages; set public_url, as in "
		       "https://www.example.org";
	return NULL;
}

static const char *
check_notify_from(const struct config *config)
{
	if (*config->notify_from == '\0' || mail_is_address(config->notify_from))
		return NULL;
	return "is no address for mail, as no-reply@example.org is; the name beside it is that "
	       "of service_name";
}

/* Where there may be one, libpq would find it: in keywords, or in a URI before the host. */
bool
config_has_password(const char *database)
{
	static const char keyword[] = "password";
	const char *text = database, *at;	/* borrowed */

	for (; (text = strstr(text, keyword)) != NULL; text += strlen(keyword))
		if (text[strlen(keyword) + strspn(text + strlen(keyword), " \t")] == '=')
			return true;
	if (strncmp(database, "postgres", strlen("postgres")) != 0 ||
	    (text = strstr(database, "://")) == NULL)
		return false;
	text += strlen("://");
	at = memchr(text, '@', strcspn(text, "/"));
	return at != NULL && memchr(text, ':', (size_t)(at - text)) != NULL;
}

static const char *
check_database(const struct config *config)
{
	if (config_has_password(config->database))
		return "has a password, which settings are not closed enough for; put it into a "
		       "file that nobody else can read, and name that as "
		       "database_password_file";
	return NULL;
}

static const char *
check_database_reader(const struct config *config)
{
	if (config_has_password(config->database_reader))
		return "has a password, which settings are not closed enough for; put it into a "
		       "file that nobody else can read, and name that as "
		       "database_reader_password_file";
	if (*config->database_reader != '\0' && *config->database == '\0')
		return "is for PostgreSQL, and database names none; set that as well";
	return NULL;
}

static const struct {
	const char *key;
	const char *(*check)(const struct config *config);
} checks[] = {
	{ "database", check_database },
	{ "database_reader", check_database_reader },
	{ "scrypt_log2_n", check_possible_cost },
	{ "scrypt_log2_n", check_secure_cost },
	{ "scopes", check_scopes },
	{ "restricted_scopes", check_restricted_scopes },
	{ "default_scope", check_default_scope },
	{ "me_scope", check_me_scope },
	{ "allowed_origins", check_allowed_origins },
	{ "refresh_token_idle", check_refresh_token_idle },
	{ "refresh_token_ttl", check_refresh_token_ttl },
	{ "refresh_window", check_refresh_window },
	{ "home", check_home },
	{ "return_origins", check_return_origins },
	{ "accent", check_accent },
	{ "public_url", public_url_find_fault },
	{ "notify", check_notify },
	{ "notify_from", check_notify_from },
};

/* 0, or why the file cannot be read, as errno: open() alone says yes to a directory. */
static int
try_reading(const char *path)
{
	FILE *file = fopen(path, "re");
	int reason = 0;

	if (file == NULL)
		return errno;
	if (getc(file) == EOF && ferror(file))
		reason = errno;
	fclose(file);
	return reason;
}

/* What one hash takes, in whole MiB. */
static long
lane_mib(const struct config *config)
{
	const long mib = 1024 * 1024;

	return ((128 * config->scrypt_r << config->scrypt_log2_n) + mib - 1) / mib;
}

void
config_check(const struct config *config, struct loading *loading)
{
	char text[128];
	int reason;

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		const char *mistake = checks[i].check(config);

		if (mistake != NULL)
			loading_mistake_in(loading, checks[i].key, mistake);
	}
	if (config->hash_memory != 0 && config->hash_memory < lane_mib(config)) {
		snprintf(text, sizeof(text), "is too little for one hash, which needs %ld with "
		    "scrypt_log2_n and scrypt_r as they are", lane_mib(config));
		loading_mistake_in(loading, "hash_memory", text);
	}
	/* Without the one that comes with bearward nobody can register; all else goes on. */
	if (*config->password_blocklist != '\0' &&
	    strcmp(config->password_blocklist, CONFIG_INSTALLED_LIST) != 0 &&
	    (reason = try_reading(config->password_blocklist)) != 0) {
		snprintf(text, sizeof(text), "the file cannot be read: %s", strerror(reason));
		loading_mistake_in(loading, "password_blocklist", text);
	}
}
