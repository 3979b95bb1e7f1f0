/* bearward: set the sign-in service up, and administer its users and keys. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account/import.h"
#include "base/log.h"
#include "base/secret.h"
#include "ctl/command.h"
#include "ctl/help.h"
#include "ctl/usage.h"

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
	if (command->run == ctl_key_import)
		return ctl_key_import_open(ctl);
	if (command->run == ctl_restore)
		return ctl_restore_open(ctl);
	return STATUS_DONE;
}

static void
close_files(struct ctl *ctl)
{
	if (ctl->restore >= 0)
		(void)close(ctl->restore);
	import_close(ctl->import);
	if (ctl->export != NULL && ctl->export != stdout)
		(void)fclose(ctl->export);
	secret_free(ctl->key);
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
	ctl_deliver_message(ctl);
	ctl_close(ctl);
	log_close();
	return status;
}

/* Runs a command with the settings read. */
static enum status
run(const struct command *command, struct ctl *ctl)
{
	enum status status;

	if (command->needs == COMMAND_READS_NOTHING)
		return command->run(ctl);
	if (config_load(ctl->typed[OPT_CONFIG], &ctl->config, stderr) != ERR_OK)
		return ctl_fail("mistakes in the settings, see above; nothing was done");
	if ((status = open_files(command, ctl)) == STATUS_DONE)
		status = run_as_owner(command, ctl);
	close_files(ctl);
	config_clear(&ctl->config);
	return status;
}

/* Takes the name of the table and of its columns; NAME=SCOPE is taken apart. */
static void
take_columns(char *const *typed, struct user_columns_named *columns)
{
	char *scope = typed[OPT_SCOPE_COLUMN];
	char *given = scope != NULL ? strchr(scope, '=') : NULL;

	if (given != NULL)
		*given = '\0';
	*columns = (struct user_columns_named){
		.table = typed[OPT_TABLE], .username = typed[OPT_USERNAME_COLUMN],
		.password = typed[OPT_PASSWORD_COLUMN], .active = typed[OPT_ACTIVE_COLUMN],
		.scope = scope, .scope_given = given != NULL ? given + 1 : NULL,
	};
}

/* Takes what the library wants to have as its own structs. */
static void
take_values(struct ctl *ctl)
{
	const char *verified = ctl->typed[OPT_EMAIL_VERIFIED];

	ctl->limit = INT64_MAX;
	if (ctl->typed[OPT_LIMIT] != NULL)
		(void)options_read_number(ctl->typed[OPT_LIMIT], 1, &ctl->limit);
	ctl->profile = (struct profile){
		.email = ctl->typed[OPT_EMAIL], .display_name = ctl->typed[OPT_DISPLAY_NAME],
		.groups = ctl->typed[OPT_GROUPS],
		.email_verified = verified == NULL ? PROFILE_VERIFIED_KEPT
		    : strcmp(verified, "yes") == 0 ? PROFILE_VERIFIED_YES : PROFILE_VERIFIED_NO,
	};
	take_columns(ctl->typed, &ctl->columns);
}

static enum status
find_and_run(struct ctl *ctl)
{
	const int count = ctl->options.arg_count;
	char **words = ctl->options.args;
	const struct command *command;
	int used;

	command = command_find(count, words, &used);
	if (!usage_check_options(command, ctl))
		return STATUS_USAGE;
	if (ctl->typed[OPT_VERSION] != NULL)
		return help_print_version(ctl);
	if (ctl->typed[OPT_HELP] != NULL)
		return help_print(count, words);
	if (count == 0)
		help_print_commands(stderr);
	else if (command == NULL)
		(void)help_refuse_command(count, words);
	if (command == NULL)
		return STATUS_USAGE;
	ctl->args = words + used;
	ctl->arg_count = count - used;
	take_values(ctl);
	return usage_check_arguments(command, ctl) ? run(command, ctl) : STATUS_USAGE;
}

int
main(int argc, char **argv)
{
	struct ctl ctl = { .typed = ctl.options.typed, .restore = -1 };
	enum status status;

	secret_guard_process();
	(void)umask(077);
	/* In a directory of CGI programs, the words of a query string would be its arguments. */
	if (getenv("GATEWAY_INTERFACE") != NULL)
		return (int)ctl_fail("this is a command for people, not a CGI program");
	options_read(argc, argv, &ctl.options);
	status = find_and_run(&ctl);
	if (fflush(stdout) == EOF || ferror(stdout))
		status = ctl_fail("cannot write the output: %s", strerror(errno));
	return (int)status;
}
