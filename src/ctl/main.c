/* bearward: set the sign-in service up, and administer its users and keys. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account/import.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/suggest.h"
#include "base/text.h"
#include "ctl/ctl.h"

struct command {
	const char *name;		/* one word, or two */
	const char *synopsis;		/* of what follows the name; may have several lines */
	int args_min, args_max;
	unsigned options;		/* allowed, of enum opt */
	enum status (*run)(struct ctl *ctl);
	const char *purpose;
};

static enum status
print_version(struct ctl *ctl)
{
	(void)ctl;
	puts("bearward " VERSION);
	return STATUS_DONE;
}

static const struct command commands[] = {
	{ "init", "[--new-database] [--table users]\n"
	  "\t[--username-column NAME] [--password-column NAME]\n"
	  "\t[--active-column NAME] [--scope-column NAME[=SCOPE]]", 0, 0,
	  OPT_NEW_DATABASE | OPTS_COLUMNS, ctl_init,
	  "make the state directory, the database and a key, where they are missing" },
	{ "check-config", "", 0, 0, 0, ctl_check_config,
	  "look for mistakes, and print the settings in force" },
	{ "user add", "NAME [--email EMAIL] [--display-name NAME] [--groups LIST]", 1, 1,
	  OPT_EMAIL | OPT_DISPLAY_NAME | OPT_GROUPS, ctl_user_add, "add a user" },
	{ "user list", "[--after ID] [--limit N] [--without-password] [--json]", 0, 0,
	  OPT_AFTER | OPT_LIMIT | OPT_WITHOUT_PASSWORD | OPT_JSON, ctl_user_list,
	  "list users by id; or those whose stored hash no password can match" },
	{ "user show", "NAME [--json]", 1, 1, OPT_JSON, ctl_user_show, "show one user" },
	{ "user disable", "NAME", 1, 1, 0, ctl_user_disable,
	  "refuse a user's password, cookies, and tokens where the database is asked" },
	{ "user enable", "NAME", 1, 1, 0, ctl_user_enable, "let a disabled user sign in again" },
	{ "user passwd", "NAME", 1, 1, 0, ctl_user_passwd,
	  "give a user a new password, and sign the user out" },
	{ "user scope", "NAME [SCOPE ...]", 1, INT_MAX, 0, ctl_user_scope,
	  "set which restricted scopes a user may ask for; none without SCOPE" },
	{ "user set", "NAME [--email EMAIL] [--email-verified yes|no]\n"
	  "\t[--display-name NAME] [--groups LIST]", 1, 1, OPTS_PROFILE, ctl_user_set,
	  "set a user's email address, display name or groups; \"\" removes them" },
	{ "user sign-out", "NAME [--grant ID]", 1, 1, OPT_GRANT, ctl_user_sign_out,
	  "end all that a user was given by signing in, or one of it" },
	{ "user delete", "NAME", 1, 1, 0, ctl_user_delete, "delete a user, for good" },
	{ "session list", "[NAME] [--after ID] [--limit N] [--json]", 0, 1,
	  OPT_AFTER | OPT_LIMIT | OPT_JSON, ctl_session_list,
	  "list what is signed in, of a user or of all, the newest first" },
	{ "session end", "ID", 1, 1, 0, ctl_session_end, "end one of what is signed in" },
	{ "import", "(--from | --csv | --ndjson | --htpasswd) FILE\n"
	  "\t[--dry-run] [--verbose] [--table NAME]\n"
	  "\t[--username-column NAME] [--password-column NAME]\n"
	  "\t[--active-column NAME] [--scope-column NAME[=SCOPE]]", 1, 1,
	  OPT_FROM | OPT_CSV | OPT_NDJSON | OPT_HTPASSWD | OPT_DRY_RUN | OPT_VERBOSE |
	  OPTS_COLUMNS, ctl_import,
	  "take the users of another program, with their password hashes" },
	{ "export", "--ndjson [FILE]", 0, 1, OPT_NDJSON, ctl_export,
	  "write all users, with their password hashes, as lines of JSON" },
	{ "key list", "[--json]", 0, 0, OPT_JSON, ctl_key_list,
	  "list the signing keys, newest first" },
	{ "key new", "[--from-stdin]", 0, 0, OPT_FROM_STDIN, ctl_key_new,
	  "add a random signing key, or one that is typed or piped in" },
	{ "key remove", "KID [--force]", 1, 1, OPT_FORCE, ctl_key_remove,
	  "remove a key, which ends its tokens at once; the last one with --force" },
	{ "attempts list", "[--json]", 0, 0, OPT_JSON, ctl_attempts_list,
	  "list the accounts at which passwords were guessed lately" },
	{ "attempts clear", "[NAME] [--network ADDRESS]", 0, 1, OPT_NETWORK, ctl_attempts_clear,
	  "forgive failed attempts: of an account, of a network, or all" },
	{ "introspection add", "NAME", 1, 1, 0, ctl_introspection_add,
	  "make a credential for a service that asks at /introspect" },
	{ "introspection list", "[--json]", 0, 0, OPT_JSON, ctl_introspection_list,
	  "list these credentials by name" },
	{ "introspection remove", "NAME", 1, 1, 0, ctl_introspection_remove,
	  "remove one, whose secret is refused at once" },
	{ "tidy", "", 0, 0, 0, ctl_tidy, "remove what has expired from the database, at once" },
	{ "supervise", "COPIES PROGRAM", 2, 2, 0, ctl_supervise,
	  "keep a responder running, on the socket that is standard input" },
	{ "version", "", 0, 0, 0, print_version, "say which version this is" },
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

/* Prints all commands; with a group ("user"), its own. */
static void
print_commands(const char *group, FILE *out)
{
	size_t len = group != NULL ? strlen(group) : 0;

	fputs("usage: bearward [-c FILE] COMMAND\n\n", out);
	for (size_t i = 0; i < COMMANDS; i++)
		if (strncmp(commands[i].name, group != NULL ? group : "", len) == 0)
			fprintf(out, "  %-22s%s\n", commands[i].name, commands[i].purpose);
	fputs("\n-c FILE, --config FILE: the settings. See COMMAND --help and bearward(1).\n",
	    out);
}

static void
print_usage(const struct command *command, FILE *out)
{
	fprintf(out, "usage: bearward %s%s%s\n", command->name,
	    *command->synopsis != '\0' ? " " : "", command->synopsis);
}

/* Returns whether word is the first of commands with two. */
static bool
is_group(const char *word)
{
	size_t len = strlen(word);

	for (size_t i = 0; i < COMMANDS; i++)
		if (strncmp(commands[i].name, word, len) == 0 && commands[i].name[len] == ' ')
			return true;
	return false;
}

/* Returns the command that the first args name, and how many they are; NULL for none. */
static const struct command *
find_command(int count, char *const *args, int *words)
{
	char name[64];

	for (*words = 1; *words <= 2 && *words <= count; ++*words) {
		snprintf(name, sizeof(name), "%s%s%s", args[0], *words == 2 ? " " : "",
		    *words == 2 ? args[1] : "");
		for (size_t i = 0; i < COMMANDS; i++)
			if (strcmp(commands[i].name, name) == 0)
				return &commands[i];
	}
	return NULL;
}

static const char *
suggest_command(const char *name)
{
	struct suggestion suggestion;

	suggest_init(&suggestion, name);
	for (size_t i = 0; i < COMMANDS; i++)
		suggest_offer(&suggestion, commands[i].name);
	return suggestion.best;
}

static enum status
refuse_command(int count, char *const *args)
{
	const char *meant = suggest_command(args[0]);
	char shown[CTL_SHOWN_SIZE], name[64];

	if (is_group(args[0]) && count == 1) {
		print_commands(args[0], stderr);
		return STATUS_USAGE;
	}
	snprintf(name, sizeof(name), "%s%s%s", args[0], count > 1 ? " " : "",
	    count > 1 ? args[1] : "");
	if (meant == NULL)
		meant = suggest_command(name);
	ctl_show(is_group(args[0]) ? name : args[0], shown);
	if (meant != NULL)
		(void)ctl_fail("there is no command \"%s\"; did you mean \"%s\"?", shown, meant);
	else
		(void)ctl_fail("there is no command \"%s\"; see bearward --help", shown);
	return STATUS_USAGE;
}

/* Checks that the arguments are what the command takes; else says so. */
static bool
has_right_arguments(const struct command *command, const struct ctl *ctl)
{
	const char *fault = NULL;

	if ((ctl->options & ~command->options) != 0)
		fault = "an option that it does not take";
	else if (ctl->arg_count < command->args_min)
		fault = "something is missing";
	/* Not repeated: it may be a password, which belongs on no command line. */
	else if (ctl->arg_count > command->args_max)
		fault = "something is too much";
	for (int i = 0; i < ctl->arg_count; i++)
		if (!text_is_utf8(ctl->args[i], strlen(ctl->args[i])))
			fault = "an argument is not UTF-8 text";
	if (fault == NULL)
		return true;
	(void)ctl_fail("%s: %s", command->name, fault);
	print_usage(command, stderr);
	return false;
}

/*
 * What the library has to say is for whoever typed the command, wherever the responders log. What
 * was changed, and by whom, goes to syslog, or to stderr as well where there is no syslog.
 */
static void
open_log(void)
{
	const bool has_syslog = access("/dev/log", W_OK) == 0;

	log_open("bearward", LOG_TO_STDERR, has_syslog ? LEVEL_WARNING : LEVEL_INFO);
	if (has_syslog)
		log_add(LOG_TO_SYSLOG, LEVEL_INFO);
}

/* Opens what was named on the command line, and what only root may be able to open. */
static enum status
open_files(const struct command *command, struct ctl *ctl)
{
	if (command->run == ctl_import)
		return ctl_import_open(ctl);
	if (command->run == ctl_export)
		return ctl_export_open(ctl);
	return STATUS_DONE;
}

static void
close_files(struct ctl *ctl)
{
	import_close(ctl->import);
	if (ctl->export != NULL && ctl->export != stdout)
		(void)fclose(ctl->export);
}

/* Runs a command as the account that it has to run as. */
static enum status
run_as_owner(const struct command *command, struct ctl *ctl)
{
	enum status status;

	ctl_find_operator(ctl->operator);
	if (!ctl_become_owner(ctl)) {
		ctl_export_abandon(ctl);
		return STATUS_FAILED;
	}
	open_log();
	ctl->service.config = &ctl->config;
	context_init(&ctl->context, &ctl->service, NULL, ctl->operator);
	status = command->run(ctl);
	ctl_close(ctl);
	log_close();
	return status;
}

/* Runs a command with the settings read. */
static enum status
run(const struct command *command, struct ctl *ctl)
{
	enum status status;

	/* These need no settings. */
	if (command->run == print_version || command->run == ctl_supervise)
		return command->run(ctl);
	if (config_load(ctl->config_path, &ctl->config, stderr) != ERR_OK)
		return ctl_fail("mistakes in the settings, see above; nothing was done");
	if ((status = open_files(command, ctl)) == STATUS_DONE)
		status = run_as_owner(command, ctl);
	close_files(ctl);
	config_clear(&ctl->config);
	return status;
}

static enum status
print_help(const struct command *command, const char *group)
{
	if (command == NULL) {
		print_commands(group, stdout);
		return STATUS_DONE;
	}
	print_usage(command, stdout);
	printf("\n%s: %s\n", command->name, command->purpose);
	if (command->options != 0)
		putchar('\n');
	ctl_print_options(command->options, stdout);
	return STATUS_DONE;
}

static enum status
find_and_run(struct ctl *ctl)
{
	bool wants_help = ctl->options & OPT_HELP;
	const struct command *command;
	int words;

	if (ctl->arg_count == 0) {
		print_commands(NULL, wants_help ? stdout : stderr);
		return wants_help ? STATUS_DONE : STATUS_USAGE;
	}
	command = find_command(ctl->arg_count, ctl->args, &words);
	if (command == NULL && !(wants_help && is_group(ctl->args[0])))
		return refuse_command(ctl->arg_count, ctl->args);
	if (wants_help)
		return print_help(command, ctl->args[0]);
	ctl->args += words;
	ctl->arg_count -= words;
	return has_right_arguments(command, ctl) ? run(command, ctl) : STATUS_USAGE;
}

int
main(int argc, char **argv)
{
	struct ctl ctl = { .limit = INT64_MAX };
	enum status status;

	secret_guard_process();
	(void)umask(077);
	/* In a directory of CGI programs, the words of a query string would be its arguments. */
	if (getenv("GATEWAY_INTERFACE") != NULL)
		return (int)ctl_fail("this is a command for people, not a CGI program");
	if (!ctl_read_options(argc, argv, &ctl))
		return STATUS_USAGE;
	status = find_and_run(&ctl);
	if (fflush(stdout) == EOF || ferror(stdout))
		status = ctl_fail("cannot write the output: %s", strerror(errno));
	return (int)status;
}
