/* options: the words with two dashes that commands take. */
#include "ctl/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ID_LEN = 22, THUMBPRINT_LEN = 43 };	/* 16 bytes, and 32, in base64url */

static const struct option_row rows[OPTS] = {
	[OPT_CONFIG] = { "config", "FILE", "read the settings from FILE" },
	[OPT_HELP] = { "help", NULL, "say how a command is used" },
	[OPT_VERSION] = { "version", NULL, "say which version this is" },
	[OPT_FROM] = { "from", NULL, "FILE is a SQLite database" },
	[OPT_CSV] = { "csv", NULL, "FILE has comma-separated values" },
	[OPT_NDJSON] = { "ndjson", NULL, "FILE has a JSON object on each line" },
	[OPT_HTPASSWD] = { "htpasswd", NULL, "FILE has name:hash on each line" },
	[OPT_TO] = { "to", "URI", "the setting database of a PostgreSQL; or sqlite" },
	[OPT_KEYS] = { "keys", NULL, "save the keys, too; whoever has them can sign tokens" },
	[OPT_KEEP] = { "keep", "N", "leave the newest N backups in DIR, remove older ones" },
	[OPT_KEEP_SESSIONS] = { "keep-sessions", NULL,
				"leave sign-ins good, also what was ended since" },
	[OPT_DRY_RUN] = { "dry-run", NULL, "say what would happen, and change nothing" },
	[OPT_VERBOSE] = { "verbose", NULL, "name also users without a remark" },
	[OPT_NEW_DATABASE] = { "new-database", NULL, "remove keys whose database is gone" },
	[OPT_DATABASE_ADMIN] = { "database-admin", "URI",
				 "make PostgreSQL ready as this administrator" },
	[OPT_DATABASE_ADMIN_SQL] = { "database-admin-sql", NULL,
				     "print what an administrator runs for that, for psql" },
	[OPT_CONNECTION_LIMIT] = { "connection-limit", "N",
				   "let the role that writes have N connections" },
	[OPT_GROUP] = { "group", "GROUP", "let members of GROUP use the state directory" },
	[OPT_TABLE] = { "table", "NAME", "the table of users" },
	[OPT_USERNAME_COLUMN] = { "username-column", "NAME", "its column of names" },
	[OPT_PASSWORD_COLUMN] = { "password-column", "NAME", "its column of password hashes" },
	[OPT_ACTIVE_COLUMN] = { "active-column", "NAME", "its column that says who may sign in" },
	[OPT_SCOPE_COLUMN] = { "scope-column", "NAME[=SCOPE]",
			       "its column of scopes, or flag for SCOPE" },
	[OPT_EMAIL] = { "email", "EMAIL", "the email address; \"\" for none" },
	[OPT_EMAIL_VERIFIED] = { "email-verified", "yes|no", "whether the address is the user's" },
	[OPT_DISPLAY_NAME] = { "display-name", "TEXT", "the name to show; \"\" for none" },
	[OPT_GROUPS] = { "groups", "LIST", "the groups, all of them; \"\" for none" },
	[OPT_GRANT] = { "grant", "ID", "only the one with this id; see session list" },
	[OPT_INVITE] = { "invite", NULL, "add the user, who has no password yet" },
	[OPT_USER] = { "user", "NAME", "only of this user; '#12' is the one with that number" },
	[OPT_SINCE] = { "since", "WHEN", "only from 2026-11-01, 2026-11-01T12:00, 24h or 7d on" },
	[OPT_EVENT] = { "event", "WORDS", "only events that are called so, or have these words" },
	[OPT_MATCH] = { "match", "TEXT", "only those with TEXT in a name or the address" },
	[OPT_DISABLED] = { "disabled", NULL, "only those who are disabled" },
	[OPT_WITHOUT_PASSWORD] = { "without-password", NULL,
				   "only those whom no password lets in" },
	[OPT_OLD_HASH] = { "old-hash", NULL,
			   "only those whose hash the next sign-in replaces" },
	[OPT_AFTER] = { "after", "ID",
			"begin after this id; a key signs after 90s, 15m, 24h or 7d" },
	[OPT_LATER] = { "later", NULL, "let programs see the key, before it signs" },
	[OPT_ALG] = { "alg", "HS256|ES256|RS256|EdDSA", "HS256, ES256, RS256 or EdDSA" },
	[OPT_PUBLIC] = { "public", NULL, "public keys, which anybody may have" },
	[OPT_LIMIT] = { "limit", "N", "list N at most" },
	[OPT_COUNT] = { "count", NULL, "print how many there are, and nothing else" },
	[OPT_FOLLOW] = { "follow", NULL, "go on with what happens, until interrupted" },
	[OPT_FROM_STDIN] = { "from-stdin", NULL, "read the key, instead of making a random one" },
	[OPT_FORCE] = { "force", NULL, "remove the last key, too" },
	[OPT_YES] = { "yes", NULL, "do not ask on the terminal first" },
	[OPT_NETWORK] = { "network", "ADDRESS", "forgive the network of this address" },
	[OPT_URL] = { "url", "URL", "ask at this address, which people type" },
	[OPT_LOGINS] = { "logins", "N", "of N logins a second at least; 10 if left out" },
	[OPT_MS] = { "ms", "N", "of N ms at most for a lone login; 200 if left out" },
	[OPT_JSON] = { "json", NULL, "print JSON, one object a line, as in a pipe" },
	[OPT_COLUMNS] = { "columns", NULL, "print columns, as on a terminal" },
};

const struct option_row *
options_get(enum opt opt)
{
	return &rows[opt];
}

enum opt
options_find(const char *name, size_t len)
{
	for (enum opt opt = 0; opt < OPTS; opt++)
		if (strlen(rows[opt].name) == len && memcmp(rows[opt].name, name, len) == 0)
			return opt;
	return OPTS;
}

bool
options_read_number(const char *text, int64_t min, int64_t *value)
{
	errno = 0;
	*value = strtoll(text, NULL, 10);
	return *text != '\0' && text[strspn(text, "0123456789")] == '\0' && errno == 0 &&
	    *value >= min;
}

bool
options_read_span(const char *text, int64_t *seconds)
{
	static const struct { const char *unit; int64_t seconds; } units[] = {
		{ "s", 1 }, { "m", 60 }, { "h", 3600 }, { "d", 86400 }, { "w", 7 * 86400 },
	};
	const size_t digits = strspn(text, "0123456789");
	char number[10] = "";

	*seconds = 0;
	if (digits > 0 && digits < sizeof(number))
		memcpy(number, text, digits);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(text + digits, units[i].unit) == 0 &&
		    options_read_number(number, 0, seconds)) {
			*seconds *= units[i].seconds;
			return true;
		}
	return false;
}

/* Returns whether a value is one of the words between "|". */
static bool
is_one_of(const char *value, const char *words)
{
	const size_t len = strlen(value);

	for (size_t word_len; *words != '\0'; words += word_len + (words[word_len] == '|')) {
		word_len = strcspn(words, "|");
		if (word_len == len && memcmp(words, value, len) == 0)
			return true;
	}
	return false;
}

static bool
is_fit(const char *value, const struct option_row *row)
{
	int64_t number;

	if (strcmp(row->value, "N") == 0)
		return options_read_number(value, 1, &number);
	return strchr(row->value, '|') == NULL || is_one_of(value, row->value);
}

/* Finds what a word means, and the value within it; NULL: there is none. */
static enum opt
find_meant(char *word, char **value)
{
	const size_t len = strcspn(word, "=");

	*value = NULL;
	if (strncmp(word, "-c", 2) == 0) {
		*value = word[2] != '\0' ? word + 2 : NULL;
		return OPT_CONFIG;
	}
	if (strcmp(word, "-h") == 0)
		return OPT_HELP;
	if (strncmp(word, "--", 2) != 0)
		return OPTS;
	*value = word[len] == '=' ? word + len + 1 : NULL;
	return options_find(word + 2, len - 2);
}

/* Takes an option, and next where that is its value. Returns whether it is. */
static bool
take(struct options *options, char *word, char *next)
{
	struct options_fault fault = { .kind = OPTIONS_FINE };
	char *within, *value;

	fault.opt = find_meant(word, &within);
	value = within != NULL ? within : next;
	if (fault.opt == OPTS)
		fault.kind = OPTIONS_UNKNOWN;
	else if (rows[fault.opt].value == NULL && within != NULL)
		fault.kind = OPTIONS_VALUE_UNWANTED;
	else if (rows[fault.opt].value != NULL && value == NULL)
		fault.kind = OPTIONS_VALUE_MISSING;
	else if (rows[fault.opt].value != NULL && !is_fit(value, &rows[fault.opt]))
		fault.kind = OPTIONS_VALUE_WRONG;
	if (fault.kind != OPTIONS_FINE && options->fault.kind == OPTIONS_FINE) {
		snprintf(fault.word, sizeof(fault.word), "%.*s", (int)strcspn(word, "="), word);
		options->fault = fault;
	}
	if (fault.opt == OPTS)
		return false;
	options->typed[fault.opt] = rows[fault.opt].value != NULL ? value : word + strlen(word);
	return rows[fault.opt].value != NULL && within == NULL && next != NULL;
}

/* Returns whether a word can be the id of a grant, or of a key: either may begin with "-". */
static bool
is_id(const char *word)
{
	static const char letters[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

	const size_t len = strlen(word);

	return (len == ID_LEN || len == THUMBPRINT_LEN) && strspn(word, letters) == len;
}

static bool
is_option(const char *word)
{
	return word[0] == '-' && word[1] != '\0' && !is_id(word);
}

void
options_read(int argc, char **argv, struct options *options)
{
	int i = 1;

	*options = (struct options){ .args = argv + 1 };
	/* Arguments move to the front, over what has been read. */
	while (i < argc && strcmp(argv[i], "--") != 0) {
		char *word = argv[i++];

		if (!is_option(word))
			options->args[options->arg_count++] = word;
		else if (take(options, word, i < argc ? argv[i] : NULL))
			i++;
	}
	for (i++; i < argc; i++)
		options->args[options->arg_count++] = argv[i];
	options->args[options->arg_count] = NULL;
}
