/* command: the table of commands. */
#include "ctl/command.h"

#include <stdio.h>
#include <string.h>

#include "ctl/completion.h"
#include "ctl/help.h"

#define COLUMN_OPTIONS "[--username-column NAME] [--password-column NAME] " \
	"[--active-column NAME] [--scope-column NAME[=SCOPE]]"

const struct command commands[] = {
	{ "init", "[--alg ALG] [--new-database | --database-admin URI | --database-admin-sql] "
	  "[--connection-limit N] [--group GROUP] [--table users] " COLUMN_OPTIONS,
	  "make state directory, database and key, where missing",
	  .run = ctl_init },
	{ "check-config", "",
	  "look for mistakes, and print the settings in force",
	  .run = ctl_check_config },
	{ "doctor", "[--url URL] [--json | --columns]",
	  "look at what bearward stands on, and say what to do",
	  .run = ctl_doctor, .needs = COMMAND_READS_NOTHING },
	{ "calibrate", "[--logins N] [--ms N]",
	  "measure this host, and print the dearest hashes it can bear",
	  .run = ctl_calibrate },
	{ "user add", "NAME [--email EMAIL] [--display-name TEXT] [--groups LIST]",
	  "add a user",
	  .run = ctl_user_add },
	{ "user list", "[--match TEXT] [--disabled] [--without-password] [--old-hash] "
	  "[--after ID] [--limit N] [--count | --json | --columns]",
	  "list users by id, all or some",
	  .run = ctl_user_list },
	{ "user show", "NAME [--json]",
	  "show one user",
	  .run = ctl_user_show },
	{ "user disable", "NAME",
	  "refuse a user's password, cookies, and tokens where the database is asked",
	  .run = ctl_user_disable },
	{ "user enable", "NAME",
	  "let a disabled user sign in again",
	  .run = ctl_user_enable },
	{ "user passwd", "NAME",
	  "give a user a new password, and sign the user out",
	  .run = ctl_user_passwd },
	{ "user scope", "NAME [SCOPE ...]",
	  "set which restricted scopes a user may ask for",
	  .run = ctl_user_scope },
	{ "user set", "NAME [--email EMAIL] [--email-verified yes|no] [--display-name TEXT] "
	  "[--groups LIST]",
	  "set a user's email address, display name or groups",
	  .run = ctl_user_set },
	{ "user sign-out", "NAME [--grant ID]",
	  "end what a user was given by signing in",
	  .run = ctl_user_sign_out },
	{ "user link", "NAME [--invite]",
	  "print a link with which a user chooses a password",
	  .run = ctl_user_link },
	{ "user delete", "NAME [--yes]",
	  "delete a user, for good",
	  .run = ctl_user_delete },
	{ "user export", "NAME",
	  "print all that is stored about a user, as JSON",
	  .run = ctl_user_export },
	{ "session list", "[NAME] [--after ID] [--limit N] [--json | --columns]",
	  "list what is signed in, the newest first",
	  .run = ctl_session_list },
	{ "session end", "ID",
	  "end one of what is signed in",
	  .run = ctl_session_end },
	{ "audit", "[--user NAME] [--since WHEN] [--event WORDS] [--limit N] [--follow] "
	  "[--json | --columns]",
	  "tell what happened, the oldest first",
	  .run = ctl_audit },
	{ "import", "(--from | --csv | --ndjson | --htpasswd) FILE [--dry-run] [--verbose] "
	  "[--table NAME] " COLUMN_OPTIONS,
	  "take the users of another program, with their hashes",
	  .run = ctl_import },
	{ "export", "--ndjson [FILE]",
	  "write all users, with their hashes, as lines of JSON",
	  .run = ctl_export },
	{ "move", "--to URI [--dry-run] [--yes] [--json]",
	  "move all users to a PostgreSQL, or back to SQLite",
	  .run = ctl_move },
	{ "backup", "FILE|DIR [--keys] [--keep N]",
	  "save all that is stored, while the service runs",
	  .run = ctl_backup },
	{ "restore", "FILE [--keep-sessions] [--yes]",
	  "bring a backup back, while nothing runs",
	  .run = ctl_restore },
	{ "key list", "[--json | --columns]",
	  "list the signing keys, the last that signs first",
	  .run = ctl_key_list },
	{ "key new", "[--alg ALG] [--later | --after DURATION] [--from-stdin]",
	  "add a key that signs at once, random, typed or piped in",
	  .run = ctl_key_new },
	{ "key rotate", "[--alg ALG] [--after DURATION]",
	  "change keys: add one that programs see before it signs",
	  .run = ctl_key_rotate },
	{ "key import", "FILE [--later | --after DURATION]",
	  "add a private key of a PEM file",
	  .run = ctl_key_import },
	{ "key export", "--public [KID] [--json]",
	  "print public keys, for those who check tokens",
	  .run = ctl_key_export },
	{ "key remove", "KID [--force] [--yes]",
	  "remove a key, which ends its tokens at once",
	  .run = ctl_key_remove },
	{ "documents", "DIR",
	  "write the public keys and the metadata as files",
	  .run = ctl_documents },
	{ "attempts list", "[--json | --columns]",
	  "list accounts at which passwords were guessed lately",
	  .run = ctl_attempts_list },
	{ "attempts clear", "[NAME] [--network ADDRESS]",
	  "forgive failed attempts, some or all",
	  .run = ctl_attempts_clear },
	{ "introspection add", "NAME",
	  "make a credential for a service at /introspect",
	  .run = ctl_introspection_add },
	{ "introspection list", "[--json | --columns]",
	  "list these credentials by name",
	  .run = ctl_introspection_list },
	{ "introspection remove", "NAME [--yes]",
	  "remove one, whose secret is refused at once",
	  .run = ctl_introspection_remove },
	{ "tidy", "",
	  "remove what has expired from the database, at once",
	  .run = ctl_tidy },
	{ "supervise", "COPIES PROGRAM",
	  "keep a responder running, on the socket of stdin",
	  .run = ctl_supervise, .needs = COMMAND_READS_NOTHING },
	{ "completion", "bash|zsh",
	  "print what completes these commands in a shell",
	  .run = completion_run, .needs = COMMAND_READS_NOTHING },
	{ "help", "[COMMAND ...]",
	  "say what commands there are, or how one is used",
	  .run = help_run, .needs = COMMAND_READS_NOTHING },
	{ "version", "",
	  "say which version this is",
	  .run = help_print_version, .needs = COMMAND_READS_NOTHING },
	{ .name = NULL },
};

const struct command *
command_find(int count, char *const *words, int *used)
{
	char name[64];

	for (*used = 1; *used <= 2 && *used <= count; ++*used) {
		snprintf(name, sizeof(name), "%s%s%s", words[0], *used == 2 ? " " : "",
		    *used == 2 ? words[1] : "");
		for (const struct command *command = commands; command->name != NULL; command++)
			if (strcmp(command->name, name) == 0)
				return command;
	}
	return NULL;
}

bool
command_is_of(const struct command *command, const char *group)
{
	const size_t len = strlen(group);

	return strncmp(command->name, group, len) == 0 && command->name[len] == ' ';
}

bool
command_is_group(const char *word)
{
	for (const struct command *command = commands; command->name != NULL; command++)
		if (command_is_of(command, word))
			return true;
	return false;
}
