/* config: the settings, from defaults, a file and the environment. */
#include "config/config.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/check.h"
#include "config/host_cost.h"
#include "config/loading.h"
#include "config/setting.h"
#include "config/shipped.h"
#include "config/trust.h"
#include "text/scope.h"

#define FILE_NAME "bearward.conf"
#define LIST_NAME "common-passwords"

enum { TOKEN_TTL_MAX = 30 * 86400, REFRESH_TTL_MAX = 366 * 86400,
	SESSION_TTL_MAX = 366 * 86400 };

static const char *const registrations[] = {
	[REGISTRATION_OPEN] = "open", [REGISTRATION_BEARER] = "bearer",
	[REGISTRATION_INVITE] = "invite", [REGISTRATION_CLOSED] = "closed", NULL,
};
static const char *const verifications[] = {
	[VERIFICATION_STATELESS] = "stateless",
	[VERIFICATION_REVOCATION_AWARE] = "revocation-aware", NULL,
};
static const char *const signing_algs[] = {
	[SIGNING_ALG_AUTO] = "auto", [SIGNING_ALG_HS256] = "HS256", [SIGNING_ALG_ES256] = "ES256",
	[SIGNING_ALG_RS256] = "RS256", [SIGNING_ALG_EDDSA] = "EdDSA", NULL,
};
static const char *const session_activities[] = {
	[SESSION_ACTIVITY_ANY] = "any", [SESSION_ACTIVITY_NAVIGATION] = "navigation", NULL,
};
static const char *const hash_kernels[] = {
	[HASH_KERNEL_AUTO] = "auto", [HASH_KERNEL_AVX512] = "avx512", [HASH_KERNEL_AVX2] = "avx2",
	[HASH_KERNEL_SSE2] = "sse2", [HASH_KERNEL_NEON] = "neon",
	[HASH_KERNEL_LIBSCRYPT] = "libscrypt", NULL,
};
static const char *const journals[] = {
	[JOURNAL_WAL] = "wal", [JOURNAL_DELETE] = "delete", NULL,
};
static const char *const log_targets[] = {
	[LOG_TO_STDERR] = "stderr", [LOG_TO_SYSLOG] = "syslog", NULL,
};
static const char *const log_levels[] = {
	[LEVEL_ERROR] = "error", [LEVEL_WARNING] = "warning", [LEVEL_INFO] = "info",
	[LEVEL_DEBUG] = "debug", NULL,
};

/* Names that people take for somebody who runs the service. */
#define RESERVED_NAMES \
	"abuse admin administrator anonymous bearward everyone hostmaster me moderator " \
	"nobody null operator postmaster root security staff superuser support " \
	"sysadmin system undefined webmaster www"

/* Kind, key, default, least and most, unit, choices. A key is the name of its field. */
#define ROW(kind, key, ...) \
	{ #key, &SETTING_##kind, offsetof(struct config, key), __VA_ARGS__ }

static const struct setting settings[] = {
	ROW(PATH, state_dir, LOCALSTATEDIR "/lib/bearward", 1, 1024, NULL, NULL),
	ROW(TEXT, database, "", 0, 2000, NULL, NULL),
	ROW(PATH, database_password_file, "", 0, 1024, NULL, NULL),
	ROW(TEXT, database_reader, "", 0, 2000, NULL, NULL),
	ROW(PATH, database_reader_password_file, "", 0, 1024, NULL, NULL),
	ROW(NUMBER, database_connections, "2", 1, 32, "connections", NULL),
	ROW(DIALECT, dialect, "fastapi", 0, 0, NULL, NULL),

	ROW(TEXT, issuer, "bearward", 1, 255, NULL, NULL),
	ROW(TEXT, public_url, "", 0, 255, NULL, NULL),
	ROW(TEXT, audience, "", 0, 255, NULL, NULL),
	ROW(TEXT, client_id, "bearward", 1, 255, NULL, NULL),
	ROW(TEXT, realm, "api", 1, 255, NULL, NULL),
	ROW(TEXT, allowed_origins, "", 0, 2000, NULL, NULL),
	ROW(CHOICE, signing_alg, "auto", 0, 0, NULL, signing_algs),
	ROW(NUMBER, access_token_ttl, "1800", 1, TOKEN_TTL_MAX, "seconds", NULL),
	ROW(FLAG, password_grant, "yes", 0, 0, NULL, NULL),
	ROW(FLAG, refresh_tokens, "yes", 0, 0, NULL, NULL),
	ROW(NUMBER, refresh_window, "60", 0, 3600, "seconds", NULL),
	ROW(NUMBER, refresh_run, "8", 2, 100, "generations", NULL),
	ROW(NUMBER, refresh_token_idle, "1209600", 1, REFRESH_TTL_MAX, "seconds", NULL),
	ROW(NUMBER, refresh_token_ttl, "2592000", 1, REFRESH_TTL_MAX, "seconds", NULL),
	ROW(FLAG, accept_tutorial_tokens, "no", 0, 0, NULL, NULL),

	ROW(SCOPES, scopes, "", 0, SCOPE_TOKENS_MAX, NULL, NULL),
	ROW(SCOPES, restricted_scopes, "", 0, SCOPE_TOKENS_MAX, NULL, NULL),
	ROW(SCOPES, default_scope, "", 0, SCOPE_TOKENS_MAX, NULL, NULL),
	ROW(SCOPES, me_scope, "", 0, 1, NULL, NULL),

	ROW(CHOICE, verify, "revocation-aware", 0, 0, NULL, verifications),

	ROW(FLAG, signin, "yes", 0, 0, NULL, NULL),
	ROW(WORDS, service_name, "", 0, 255, NULL, NULL),
	ROW(TEXT, home, "/", 1, 2048, NULL, NULL),
	ROW(TEXT, return_origins, "", 0, 2000, NULL, NULL),
	ROW(TEXT, accent, "", 0, 7, NULL, NULL),
	ROW(TEXT, language, "auto", 2, 35, NULL, NULL),
	ROW(PATH, pages, "", 0, 1024, NULL, NULL),
	ROW(FLAG, insecure_cookie, "no", 0, 0, NULL, NULL),
	ROW(NUMBER, session_idle, "43200", 60, SESSION_TTL_MAX, "seconds", NULL),
	ROW(NUMBER, session_ttl, "86400", 60, SESSION_TTL_MAX, "seconds", NULL),
	ROW(NUMBER, remembered_idle, "1209600", 60, SESSION_TTL_MAX, "seconds", NULL),
	ROW(NUMBER, remembered_ttl, "2592000", 60, SESSION_TTL_MAX, "seconds", NULL),
	ROW(CHOICE, session_activity, "any", 0, 0, NULL, session_activities),

	ROW(NUMBER, link_ttl, "3600", 60, 7 * 86400, "seconds", NULL),
	ROW(NUMBER, invitation_ttl, "604800", 60, 90 * 86400, "seconds", NULL),
	ROW(TEXT, notify, "", 0, 1024, NULL, NULL),
	ROW(TEXT, notify_from, "", 0, 255, NULL, NULL),
	ROW(FLAG, notify_new_browser, "no", 0, 0, NULL, NULL),

	ROW(CHOICE, registration, "open", 0, 0, NULL, registrations),
	ROW(TEXT, reserved_names, RESERVED_NAMES, 0, 2048, NULL, NULL),
	ROW(NUMBER, password_min_length, "8", 1, 64, "characters", NULL),
	ROW(LIST, password_blocklist, SETTING_SHIPPED, 0, 1024, NULL, NULL),
	ROW(FLAG, profile, "no", 0, 0, NULL, NULL),

	ROW(FLAG, attempts, "yes", 0, 0, NULL, NULL),
	ROW(RATE, attempts_source, "30 10", 1, 10000, NULL, NULL),
	ROW(RATE, attempts_account_source, "5 60", 1, 10000, NULL, NULL),
	ROW(RATE, attempts_strangers, "20 45", 1, 10000, NULL, NULL),
	ROW(RATE, attempts_known, "10 180", 1, 10000, NULL, NULL),
	ROW(RATE, attempts_registrations, "10 60", 1, 10000, NULL, NULL),
	ROW(RATE, attempts_links, "3 3600", 1, 10000, NULL, NULL),
	ROW(NUMBER, attempts_memory, "1024", 64, 1048576, "KiB", NULL),

	ROW(NUMBER, scrypt_log2_n, "14", 10, 20, NULL, NULL),
	ROW(NUMBER, scrypt_r, "8", 1, 32, NULL, NULL),
	ROW(NUMBER, scrypt_p, "5", 1, 16, NULL, NULL),
	ROW(FLAG, insecure_hash_cost, "no", 0, 0, NULL, NULL),
	ROW(CHOICE, hash_kernel, "auto", 0, 0, NULL, hash_kernels),
	ROW(NUMBER, hash_slots, "0", 0, 1024, NULL, NULL),
	ROW(NUMBER, hash_memory, "0", 0, 1048576, "MiB", NULL),
	ROW(MILLISECONDS, hash_memory_idle, "10", 0, 3600000, NULL, NULL),
	ROW(MILLISECONDS, hash_wait, "5", 0, 60000, NULL, NULL),
	ROW(NUMBER, hash_waiting, "256", 1, 1024, "hashes", NULL),

	ROW(FLAG, allow_root, "no", 0, 0, NULL, NULL),
	ROW(TEXT, web_server_user, "", 0, 255, NULL, NULL),
	ROW(FLAG, sandbox, "yes", 0, 0, NULL, NULL),
	ROW(NUMBER, threads, "8", 1, 256, NULL, NULL),
	ROW(NUMBER, body_limit, "16384", 1024, 1048576, "bytes", NULL),
	ROW(MILLISECONDS, body_deadline, "10", 1, 300000, NULL, NULL),
	ROW(MILLISECONDS, storage_wait, "2", 0, 60000, NULL, NULL),
	ROW(CHOICE, journal_mode, "wal", 0, 0, NULL, journals),

	ROW(FLAG, metrics, "no", 0, 0, NULL, NULL),
	ROW(CHOICE, log, "stderr", 0, 0, NULL, log_targets),
	ROW(CHOICE, log_level, "info", 0, 0, NULL, log_levels),
};

enum { SETTINGS = sizeof(settings) / sizeof(settings[0]) };
_Static_assert((int)SETTINGS <= (int)LOADING_SETTINGS_MAX, "loading has no room");

enum presence { MUST_EXIST, MAY_BE_MISSING };

/*
 * Opens path, from dir where it is relative, and keeps the full path. NULL without a mistake only
 * where there is no such file and that is allowed.
 */
static FILE *
open_file(struct loading *loading, const char *dir, const char *path, enum presence presence)
{
	struct config *config = loading->values;
	bool is_absolute = *path == '/';
	char *full = NULL;
	FILE *file;

	if (asprintf(&full, "%s%s%s", is_absolute ? "" : dir, is_absolute ? "" : "/", path) < 0) {
		loading_mistake(loading, 0, "out of memory");
		return NULL;
	}
	file = fopen(full, "re");
	if (file == NULL && presence == MAY_BE_MISSING && (errno == ENOENT || errno == ENOTDIR)) {
		free(full);
		return NULL;
	}
	free(config->path);
	config->path = full;
	loading->path = full;
	if (file == NULL)
		loading_mistake(loading, 0, "cannot be read: %s", strerror(errno));
	return file;
}

/* Looks in the usual places. The first file there is counts, even if it cannot be read. */
static FILE *
find_file(struct loading *loading)
{
	static const char *const places[] = {
		FILE_NAME, "../" FILE_NAME, SYSCONFDIR "/bearward/" FILE_NAME,
	};
	char program[PATH_MAX + 1];
	const char *dir = shipped_program_dir(program);
	FILE *file = NULL;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		file = open_file(loading, dir, places[i], MAY_BE_MISSING);
		if (file != NULL || loading->mistakes > 0)
			break;
	}
	return file;
}

/* Reads all sources, the strongest last. */
static void
take_all(struct loading *loading, const char *path)
{
	const struct config *config = loading->values;
	char *dir = get_current_dir_name();	/* owned */
	FILE *file;

	if (dir == NULL) {
		loading_mistake(loading, 0, "no working directory: %s", strerror(errno));
		return;
	}
	loading_take_defaults(loading);
	if (path == NULL)
		path = getenv(LOADING_VARIABLE_OF_FILE);
	file = path != NULL ? open_file(loading, dir, path, MUST_EXIST) : find_file(loading);
	if (file != NULL)
		loading_take_file(loading, file);
	loading_take_environment(loading, dir);
	/* Whom root trusts depends on state_dir, so this comes after reading. */
	if (file != NULL) {
		trust_check(loading, fileno(file), loading->path, config->state_dir);
		fclose(file);
	}
	free(dir);
}

/* Puts text and more, one after the other, in the place of *field. */
static void
replace_text(struct loading *loading, char **field, const char *text, const char *more)
{
	char *joined = NULL;

	if (asprintf(&joined, "%s%s", text, more) < 0) {
		loading_mistake(loading, 0, "out of memory");
		return;
	}
	free(*field);
	*field = joined;
}

/* Replaces the word for the list that comes with bearward by its path. */
static void
find_list(struct loading *loading, char **field)
{
	char path[SHIPPED_PATH_SIZE];

	shipped_find(LIST_NAME, path);
	replace_text(loading, field, path, "");
}

/*
 * Fills in what a value stands for: the dialect's audience, the scope implied, the list that comes
 * with bearward.
 */
static void
complete(struct loading *loading)
{
	struct config *config = loading->values;
	const char *listed = config->restricted_scopes;

	if (strcmp(config->password_blocklist, SETTING_SHIPPED) == 0)
		find_list(loading, &config->password_blocklist);
	if (*config->audience == '\0')
		replace_text(loading, &config->audience, config->dialect->audience, "");
	if (config->registration == REGISTRATION_BEARER && !scope_has(listed, SCOPE_USERS_CREATE))
		replace_text(loading, &config->restricted_scopes, listed,
		    *listed == '\0' ? SCOPE_USERS_CREATE : " " SCOPE_USERS_CREATE);
}

enum err
config_load(const char *path, struct config *config, FILE *report)
{
	struct loading loading = { .settings = settings, .count = SETTINGS, .values = config,
		.report = report, .path = "" };

	*config = (struct config){0};
	if ((config->path = strdup("")) == NULL)
		return ERR_SETUP;
	take_all(&loading, path);
	/* What settings demand of one another makes sense only where each is right by itself. */
	if (loading.mistakes == 0)
		host_cost_take(&loading, config);
	if (loading.mistakes == 0)
		complete(&loading);
	if (loading.mistakes == 0)
		config_check(config, &loading);
	if (loading.mistakes == 0)
		return ERR_OK;
	config_clear(config);
	return ERR_SETUP;
}

void
config_clear(struct config *config)
{
	for (size_t i = 0; i < SETTINGS; i++)
		if (settings[i].kind->is_text)
			free(*(char **)(void *)((char *)config + settings[i].offset));
	free(config->path);
	*config = (struct config){0};
}

void
config_print(const struct config *config, FILE *out)
{
	fprintf(out, "# %s\n", *config->path != '\0' ? config->path : "no file was read");
	if (config->cost_from == COST_FROM_HOST)
		fprintf(out, "# scrypt_log2_n, scrypt_r, scrypt_p: measured by `bearward init`, "
		    "in %s/%s\n", config->state_dir, HOST_COST_NAME);
	for (size_t i = 0; i < SETTINGS; i++) {
		const struct setting *setting = &settings[i];

		fprintf(out, "%s = ", setting->key);
		setting->kind->print(setting, (const char *)config + setting->offset, out);
		putc('\n', out);
	}
}
