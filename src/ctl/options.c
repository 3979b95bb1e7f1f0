/* options: sorts what was typed into options and the rest. */
#include "ctl/ctl.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARGUMENT = 1, ID_LEN = 22 };	/* as getopt_long() says it; 16 bytes in base64url */

static const struct option long_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "after", required_argument, NULL, OPT_AFTER },
	{ "limit", required_argument, NULL, OPT_LIMIT },
	{ "from-stdin", no_argument, NULL, OPT_FROM_STDIN },
	{ "force", no_argument, NULL, OPT_FORCE },
	{ "new-database", no_argument, NULL, OPT_NEW_DATABASE },
	{ "network", required_argument, NULL, OPT_NETWORK },
	{ "email", required_argument, NULL, OPT_EMAIL },
	{ "display-name", required_argument, NULL, OPT_DISPLAY_NAME },
	{ "groups", required_argument, NULL, OPT_GROUPS },
	{ "email-verified", required_argument, NULL, OPT_EMAIL_VERIFIED },
	{ "without-password", no_argument, NULL, OPT_WITHOUT_PASSWORD },
	{ "from", no_argument, NULL, OPT_FROM },
	{ "csv", no_argument, NULL, OPT_CSV },
	{ "ndjson", no_argument, NULL, OPT_NDJSON },
	{ "htpasswd", no_argument, NULL, OPT_HTPASSWD },
	{ "dry-run", no_argument, NULL, OPT_DRY_RUN },
	{ "verbose", no_argument, NULL, OPT_VERBOSE },
	{ "table", required_argument, NULL, OPT_TABLE },
	{ "username-column", required_argument, NULL, OPT_USERNAME_COLUMN },
	{ "password-column", required_argument, NULL, OPT_PASSWORD_COLUMN },
	{ "active-column", required_argument, NULL, OPT_ACTIVE_COLUMN },
	{ "scope-column", required_argument, NULL, OPT_SCOPE_COLUMN },
	{ "grant", required_argument, NULL, OPT_GRANT },
	{ NULL, 0, NULL, 0 },
};

/* What --help says of an option, in the order of the synopses. */
static const struct {
	unsigned option;
	const char *typed;
	const char *meaning;
} meanings[] = {
	{ OPT_FROM, "--from", "FILE is a SQLite database" },
	{ OPT_CSV, "--csv", "FILE has comma-separated values" },
	{ OPT_NDJSON, "--ndjson", "FILE has a JSON object on each line" },
	{ OPT_HTPASSWD, "--htpasswd", "FILE has name:hash on each line" },
	{ OPT_DRY_RUN, "--dry-run", "say what would happen, and change nothing" },
	{ OPT_VERBOSE, "--verbose", "name also users without a remark" },
	{ OPT_NEW_DATABASE, "--new-database", "remove keys whose database is gone" },
	{ OPT_TABLE, "--table NAME", "the table of users" },
	{ OPT_USERNAME_COLUMN, "--username-column NAME", "its column of names" },
	{ OPT_PASSWORD_COLUMN, "--password-column NAME", "its column of password hashes" },
	{ OPT_ACTIVE_COLUMN, "--active-column NAME", "its column that says who may sign in" },
	{ OPT_SCOPE_COLUMN, "--scope-column NAME[=SCOPE]",
	    "its column of scopes, or flag for SCOPE" },
	{ OPT_EMAIL, "--email EMAIL", "the email address; \"\" for none" },
	{ OPT_DISPLAY_NAME, "--display-name NAME", "the name to show; \"\" for none" },
	{ OPT_GROUPS, "--groups LIST", "the groups, all of them; \"\" for none" },
	{ OPT_EMAIL_VERIFIED, "--email-verified yes|no", "whether the address is the user's" },
	{ OPT_AFTER, "--after ID", "begin after this id" },
	{ OPT_LIMIT, "--limit N", "list N at most" },
	{ OPT_WITHOUT_PASSWORD, "--without-password", "only those whom no password lets in" },
	{ OPT_JSON, "--json", "print JSON, one object a line" },
	{ OPT_FROM_STDIN, "--from-stdin", "read the key, instead of making a random one" },
	{ OPT_FORCE, "--force", "remove the last key, too" },
	{ OPT_NETWORK, "--network ADDRESS", "forgive the network of this address" },
	{ OPT_GRANT, "--grant ID", "only the one with this id; see session list" },
};

bool
ctl_read_number(const char *text, int64_t min, int64_t *value)
{
	errno = 0;
	*value = strtoll(text, NULL, 10);
	return *text != '\0' && text[strspn(text, "0123456789")] == '\0' && errno == 0 &&
	    *value >= min;
}

/* Takes NAME, or NAME=SCOPE. */
static void
take_scope_column(struct user_columns_named *columns, char *typed)
{
	char *given = strchr(typed, '=');

	columns->scope = typed;
	if (given == NULL)
		return;
	*given = '\0';
	columns->scope_given = given + 1;
}

/* Takes what names a table or a column. */
static void
take_column(struct user_columns_named *columns, int option)
{
	if (option == OPT_TABLE)
		columns->table = optarg;
	else if (option == OPT_USERNAME_COLUMN)
		columns->username = optarg;
	else if (option == OPT_PASSWORD_COLUMN)
		columns->password = optarg;
	else if (option == OPT_ACTIVE_COLUMN)
		columns->active = optarg;
	else if (option == OPT_SCOPE_COLUMN)
		take_scope_column(columns, optarg);
}

static bool
take_verified(struct profile *profile)
{
	if (strcmp(optarg, "yes") == 0)
		profile->email_verified = PROFILE_VERIFIED_YES;
	else if (strcmp(optarg, "no") == 0)
		profile->email_verified = PROFILE_VERIFIED_NO;
	return profile->email_verified != PROFILE_VERIFIED_KEPT;
}

/* Takes one option; false: its value is no number, or neither yes nor no. */
static bool
take_option(struct ctl *ctl, int option)
{
	if (option == 'c') {
		ctl->config_path = optarg;
		return true;
	}
	ctl->options |= (unsigned)option;
	if (option == OPT_AFTER)
		ctl->after = optarg;
	if (option == OPT_LIMIT)
		return ctl_read_number(optarg, 1, &ctl->limit);
	if (option == OPT_NETWORK)
		ctl->network = optarg;
	if (option == OPT_GRANT)
		ctl->grant = optarg;
	if (option == OPT_EMAIL)
		ctl->profile.email = optarg;
	if (option == OPT_DISPLAY_NAME)
		ctl->profile.display_name = optarg;
	if (option == OPT_GROUPS)
		ctl->profile.groups = optarg;
	if (option == OPT_EMAIL_VERIFIED)
		return take_verified(&ctl->profile);
	if ((unsigned)option & OPTS_COLUMNS)
		take_column(&ctl->columns, option);
	return true;
}

/* Returns the option that getopt_long() means by code; NULL when it is none of ours. */
static const struct option *
find_option(int code)
{
	for (const struct option *known = long_options; known->name != NULL; known++)
		if (known->val == code)
			return known;
	return NULL;
}

/* Says that there is no such option, with its name and never its value: that may be a password. */
static void
refuse_unknown(const char *typed)
{
	char name[64], shown[CTL_SHOWN_SIZE];

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(typed, "="), typed);
	(void)ctl_fail("there is no option %s; see --help", ctl_show(name, shown));
}

/* Says what is wrong with an option. */
static void
refuse_option(int found, const char *typed)
{
	int code = found == '?' || found == ':' ? optopt : found;
	const struct option *known = find_option(code);
	const char letter[] = { '-', (char)code, '\0' };

	if (known != NULL)
		(void)ctl_fail("option --%s %s", known->name, found == '?' ? "takes no value" :
		    found == ':' ? "needs a value" : code == OPT_EMAIL_VERIFIED
		    ? "needs yes or no" : "needs a number");
	else
		refuse_unknown(code != 0 ? letter : typed);
}

/*
 * Returns what was typed for an option that getopt_long() has just taken, when that is only the
 * beginning of its name; else NULL. `--password` is none of ours, and not --password-column.
 */
static const char *
find_abbreviation(int option, char *const *argv)
{
	const char *typed = argv[optind - (optarg == argv[optind - 1] ? 2 : 1)];
	const struct option *known = find_option(option);

	if (known == NULL || strncmp(typed, "--", 2) != 0 ||
	    strcspn(typed + 2, "=") == strlen(known->name))
		return NULL;
	return typed;
}

/* Returns whether a word can be the id of a grant: random, and so it may begin with "-". */
static bool
is_id(const char *word)
{
	static const char letters[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

	return strlen(word) == ID_LEN && strspn(word, letters) == ID_LEN;
}

/* Returns the next option; ARGUMENT, with optarg, where there is none; or -1 at the end. */
static int
next_option(int argc, char **argv)
{
	if (optind < argc && is_id(argv[optind])) {
		optarg = argv[optind++];
		return ARGUMENT;
	}
	/* With "-", getopt_long() returns arguments as well, in their order. */
	return getopt_long(argc, argv, "-:c:", long_options, NULL);
}

bool
ctl_read_options(int argc, char **argv, struct ctl *ctl)
{
	const char *abbreviation;
	int option;

	opterr = 0;
	ctl->args = argv + 1;
	while ((option = next_option(argc, argv)) != -1) {
		/* Moves it to the front, over what has been read. */
		if (option == ARGUMENT) {
			ctl->args[ctl->arg_count++] = optarg;
			continue;
		}
		if ((abbreviation = find_abbreviation(option, argv)) != NULL) {
			refuse_unknown(abbreviation);
			return false;
		}
		if (option == '?' || option == ':' || !take_option(ctl, option)) {
			refuse_option(option, argv[optind - 1]);
			return false;
		}
	}
	/* What follows "--". */
	while (optind < argc)
		ctl->args[ctl->arg_count++] = argv[optind++];
	ctl->args[ctl->arg_count] = NULL;
	return true;
}

void
ctl_print_options(unsigned options, FILE *out)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (options & meanings[i].option)
			fprintf(out, "  %-29s%s\n", meanings[i].typed, meanings[i].meaning);
}
