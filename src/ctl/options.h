/*
 * options: the words with two dashes that commands take.
 *
 * A new option is a member of the enum, a row in options.c, and a word in the synopsis of each
 * command that takes it (see command.h). What was typed for it is ctl->typed[].
 */
#ifndef BEARWARD_CTL_OPTIONS_H
#define BEARWARD_CTL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --help prints a command's options in this order. The first few are good for every command. */
enum opt {
	OPT_CONFIG,
	OPT_HELP,
	OPT_VERSION,
	OPT_OF_ALL,		/* how many these are */
	OPT_FROM = OPT_OF_ALL,
	OPT_CSV,
	OPT_NDJSON,
	OPT_HTPASSWD,
	OPT_TO,
	OPT_KEYS,
	OPT_KEEP,
	OPT_KEEP_SESSIONS,
	OPT_DRY_RUN,
	OPT_VERBOSE,
	OPT_NEW_DATABASE,
	OPT_DATABASE_ADMIN,
	OPT_DATABASE_ADMIN_SQL,
	OPT_CONNECTION_LIMIT,
	OPT_GROUP,
	OPT_TABLE,
	OPT_USERNAME_COLUMN,
	OPT_PASSWORD_COLUMN,
	OPT_ACTIVE_COLUMN,
	OPT_SCOPE_COLUMN,
	OPT_EMAIL,
	OPT_EMAIL_VERIFIED,
	OPT_DISPLAY_NAME,
	OPT_GROUPS,
	OPT_GRANT,
	OPT_INVITE,
	OPT_USER,
	OPT_SINCE,
	OPT_EVENT,
	OPT_MATCH,
	OPT_DISABLED,
	OPT_WITHOUT_PASSWORD,
	OPT_OLD_HASH,
	OPT_AFTER,
	OPT_LATER,
	OPT_ALG,
	OPT_PUBLIC,
	OPT_LIMIT,
	OPT_COUNT,
	OPT_FOLLOW,
	OPT_FROM_STDIN,
	OPT_FORCE,
	OPT_YES,
	OPT_NETWORK,
	OPT_URL,
	OPT_LOGINS,
	OPT_MS,
	OPT_JSON,
	OPT_COLUMNS,
	OPTS
};

struct option_row {
	const char *name;		/* without the dashes */
	const char *value;		/* what is typed for it: "N" is a number, "yes|no" one of
					 * these words, another word is what synopses call it;
					 * NULL: nothing */
	const char *meaning;		/* what --help says */
};

/* Returns the row of an option. */
const struct option_row *options_get(enum opt opt);

/* Returns the option of this name, len bytes without the dashes; OPTS when there is none. */
enum opt options_find(const char *name, size_t len);

enum { OPTIONS_WORD_SIZE = 64 };

/* The first option of a command line with which something is wrong, and what. */
struct options_fault {
	enum {
		OPTIONS_FINE, OPTIONS_UNKNOWN, OPTIONS_VALUE_MISSING, OPTIONS_VALUE_WRONG,
		OPTIONS_VALUE_UNWANTED
	} kind;
	char word[OPTIONS_WORD_SIZE];	/* as typed, without a value: that may be a password */
	enum opt opt;			/* unless it is unknown */
};

/* What was typed, sorted. Texts are borrowed from the command line. */
struct options {
	char *typed[OPTS];	/* NULL: it was not typed; "" for one that takes no value */
	char **args;		/* what is no option, in its order; NULL-terminated */
	int arg_count;
	struct options_fault fault;
};

/*
 * Sorts a command line, whose words it moves: options may stand anywhere. It goes on behind a
 * wrong option, so that the command can be found whose options are to be named.
 */
void options_read(int argc, char **argv, struct options *options);

/* Reads a number of digits alone. Returns false when it is none, or less than min. */
bool options_read_number(const char *text, int64_t min, int64_t *value);

/* Reads a span of time, such as "90s", "15m", "24h" or "7d". Returns false when it is none. */
bool options_read_span(const char *text, int64_t *seconds);

#endif
