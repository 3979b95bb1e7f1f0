/* help: says how commands are used. */
#include "ctl/help.h"

#include <string.h>

#include "base/suggest.h"
#include "ctl/synopsis.h"

enum { WIDTH = 79, WORD_SIZE = 64 };

enum status
help_print_version(struct ctl *ctl)
{
	(void)ctl;
	puts("bearward " VERSION);
	return STATUS_DONE;
}

/* Returns the length of what may not be broken at the start of a synopsis. */
static int
unit_len(const char *text)
{
	int len = 0, depth = 0;

	for (; text[len] != '\0' && (depth > 0 || text[len] != ' '); len++)
		depth += (strchr("[(", text[len]) != NULL) - (strchr("])", text[len]) != NULL);
	return len;
}

/* Prints a text behind a blank from a column on, and further lines indented. */
static void
print_folded(const char *text, int at, int indent, FILE *out)
{
	for (int len; *text != '\0'; text += len + (text[len] == ' ')) {
		len = unit_len(text);
		if (at + 1 + len > WIDTH)
			at = fprintf(out, "\n%*s%.*s", indent, "", len, text) - 1;
		else
			at += fprintf(out, " %.*s", len, text);
	}
	putc('\n', out);
}

void
help_print_usage(const struct command *command, FILE *out)
{
	print_folded(command->synopsis, fprintf(out, "usage: bearward %s", command->name), 8, out);
}

void
help_print_commands(FILE *out)
{
	fputs("usage: bearward [-c FILE] COMMAND\n\n", out);
	for (const struct command *command = commands; command->name != NULL; command++)
		print_folded(command->purpose, fprintf(out, "  %-21s", command->name), 24, out);
	fputs("\n-c FILE, --config FILE: the settings. See COMMAND --help and bearward(1).\n",
	    out);
}

static void
print_group(const char *group, FILE *out)
{
	fprintf(out, "usage: bearward [-c FILE] %s COMMAND\n\n", group);
	for (const struct command *command = commands; command->name != NULL; command++) {
		if (!command_is_of(command, group))
			continue;
		print_folded(command->synopsis, fprintf(out, "  %s", command->name), 10, out);
		print_folded(command->purpose, fprintf(out, "     "), 6, out);
	}
}

static void
print_option(enum opt opt, const char *value)
{
	const struct option_row *row = options_get(opt);
	char typed[64];

	snprintf(typed, sizeof(typed), "--%s%s%s", row->name, *value != '\0' ? " " : "", value);
	print_folded(row->meaning, printf("  %-28s", typed), 31, stdout);
}

static void
print_command(const struct command *command)
{
	struct synopsis synopsis;
	bool is_first = true;

	synopsis_read(command->synopsis, &synopsis);
	help_print_usage(command, stdout);
	print_folded(command->purpose, printf("\n%s:", command->name) - 1, 8, stdout);
	for (enum opt opt = 0; opt < OPTS; opt++) {
		if (!synopsis.takes[opt])
			continue;
		if (is_first)
			putchar('\n');
		is_first = false;
		print_option(opt, synopsis.values[opt]);
	}
}

enum status
help_print(int count, char *const *words)
{
	const struct command *command;
	int used;

	if (count == 0)
		help_print_commands(stdout);
	else if ((command = command_find(count, words, &used)) != NULL)
		print_command(command);
	else if (count == 1 && command_is_group(words[0]))
		print_group(words[0], stdout);
	else
		return help_refuse_command(count, words);
	return STATUS_DONE;
}

enum status
help_run(struct ctl *ctl)
{
	return help_print(ctl->arg_count, ctl->args);
}

/* Returns the command that was meant, of one group or of all (NULL); NULL when none is near. */
static const char *
suggest_command(const char *group, const char *typed)
{
	const size_t skipped = group != NULL ? strlen(group) + 1 : 0;
	struct suggestion suggestion;

	suggest_init(&suggestion, typed);
	for (const struct command *command = commands; command->name != NULL; command++)
		if (group == NULL || command_is_of(command, group))
			suggest_offer(&suggestion, command->name + skipped);
	return suggestion.best != NULL ? suggestion.best - skipped : NULL;
}

/* Does the same for the first word of those with two. */
static const char *
suggest_group(const char *typed, char group[WORD_SIZE])
{
	struct suggestion suggestion;

	for (const struct command *command = commands; command->name != NULL; command++) {
		snprintf(group, WORD_SIZE, "%.*s", (int)strcspn(command->name, " "),
		    command->name);
		suggest_init(&suggestion, typed);
		suggest_offer(&suggestion, group);
		if (suggestion.best != NULL)
			return group;
	}
	return NULL;
}

enum status
help_refuse_command(int count, char *const *words)
{
	const bool is_group = command_is_group(words[0]);
	char shown[CTL_SHOWN_SIZE], name[WORD_SIZE], group[WORD_SIZE];
	const char *meant;

	if (is_group && count == 1) {
		print_group(words[0], stderr);
		return STATUS_USAGE;
	}
	snprintf(name, sizeof(name), "%s%s%s", words[0], count > 1 ? " " : "",
	    count > 1 ? words[1] : "");
	meant = is_group ? suggest_command(words[0], words[1]) : suggest_command(NULL, name);
	if (meant == NULL && !is_group && (meant = suggest_command(NULL, words[0])) == NULL)
		meant = suggest_group(words[0], group);
	ctl_show(is_group ? name : words[0], shown);
	if (meant != NULL)
		(void)ctl_fail("there is no command \"%s\"; did you mean \"%s\"?", shown, meant);
	else
		(void)ctl_fail("there is no command \"%s\"; see bearward%s%s --help", shown,
		    is_group ? " " : "", is_group ? words[0] : "");
	return STATUS_USAGE;
}
