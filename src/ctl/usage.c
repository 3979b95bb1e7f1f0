/* usage: checks that what was typed is what a command takes. */
#include "ctl/usage.h"

#include <string.h>

#include "base/suggest.h"
#include "base/text.h"
#include "ctl/help.h"
#include "ctl/synopsis.h"

/* Begins what is said of a wrong word: the command, where one was found. */
static void
name_command(const struct command *command, char said[OPTIONS_WORD_SIZE])
{
	snprintf(said, OPTIONS_WORD_SIZE, "%s%s", command != NULL ? command->name : "",
	    command != NULL ? ": " : "");
}

/* Returns the name of the option that was meant, of those of the command, or of all. */
static const char *
suggest_option(const struct synopsis *synopsis, bool has_command, const char *typed)
{
	struct suggestion suggestion;

	suggest_init(&suggestion, typed + strspn(typed, "-"));
	for (enum opt opt = 0; opt < OPTS; opt++)
		if (!has_command || opt < OPT_OF_ALL || synopsis->takes[opt])
			suggest_offer(&suggestion, options_get(opt)->name);
	return suggestion.best;
}

static void
refuse_unknown(const struct command *command, const struct synopsis *synopsis, const char *typed)
{
	const char *meant = suggest_option(synopsis, command != NULL, typed);
	char said[OPTIONS_WORD_SIZE], shown[CTL_SHOWN_SIZE];

	name_command(command, said);
	ctl_show(typed, shown);
	if (meant != NULL)
		(void)ctl_fail("%sthere is no option %s; did you mean --%s?", said, shown, meant);
	else
		(void)ctl_fail("%sthere is no option %s%s", said, shown,
		    command == NULL ? "; see bearward --help" : "");
}

/* Says what an option needs for a value: a number, or one of the words between "|". */
static void
refuse_value(const char *said, const struct option_row *row)
{
	const char *last = strrchr(row->value, '|');
	char words[OPTIONS_WORD_SIZE] = "";
	size_t at = 0;

	if (last == NULL) {
		(void)ctl_fail("%soption --%s needs a number", said, row->name);
		return;
	}
	for (const char *c = row->value; c < last && at + 2 < sizeof(words); c++) {
		words[at++] = *c == '|' ? ',' : *c;
		if (*c == '|')
			words[at++] = ' ';
	}
	(void)ctl_fail("%soption --%s needs %.*s or %s", said, row->name, (int)at, words,
	    last + 1);
}

static void
refuse_fault(const struct command *command, const struct synopsis *synopsis,
    const struct options_fault *fault)
{
	char said[OPTIONS_WORD_SIZE];

	name_command(command, said);
	switch (fault->kind) {
	case OPTIONS_FINE:
		break;
	case OPTIONS_UNKNOWN:
		refuse_unknown(command, synopsis, fault->word);
		break;
	case OPTIONS_VALUE_MISSING:
		(void)ctl_fail("%soption --%s needs a value", said, options_get(fault->opt)->name);
		break;
	case OPTIONS_VALUE_WRONG:
		refuse_value(said, options_get(fault->opt));
		break;
	case OPTIONS_VALUE_UNWANTED:
		(void)ctl_fail("%soption --%s takes no value", said,
		    options_get(fault->opt)->name);
		break;
	}
}

/* Says which options exclude one another. Returns whether there are any. */
static bool
refuse_choice(const struct command *command, const struct synopsis *synopsis, char *const *typed)
{
	for (enum opt one = OPT_OF_ALL; one < OPTS; one++)
		for (enum opt other = one + 1; typed[one] != NULL && other < OPTS; other++)
			if (typed[other] != NULL &&
			    synopsis->choice[one] == synopsis->choice[other]) {
				(void)ctl_fail("%s: takes --%s or --%s, not both", command->name,
				    options_get(one)->name, options_get(other)->name);
				return true;
			}
	return false;
}

/* Says which option a command does not take. Returns whether there is one. */
static bool
refuse_foreign(const struct command *command, const struct synopsis *synopsis,
    char *const *typed)
{
	for (enum opt opt = OPT_OF_ALL; opt < OPTS; opt++)
		if (typed[opt] != NULL && !synopsis->takes[opt]) {
			(void)ctl_fail("%s: does not take --%s", command->name,
			    options_get(opt)->name);
			return true;
		}
	return false;
}

bool
usage_check_options(const struct command *command, const struct ctl *ctl)
{
	struct synopsis synopsis = {0};

	if (command != NULL)
		synopsis_read(command->synopsis, &synopsis);
	if (ctl->options.fault.kind != OPTIONS_FINE)
		refuse_fault(command, &synopsis, &ctl->options.fault);
	else if (command == NULL || (!refuse_foreign(command, &synopsis, ctl->typed) &&
	    !refuse_choice(command, &synopsis, ctl->typed)))
		return true;
	if (command != NULL)
		help_print_usage(command, stderr);
	return false;
}

/* Says which of the arguments is missing, or that there are too many. */
static bool
refuse_number(const struct command *command, const struct synopsis *synopsis, int count)
{
	if (count < synopsis->args_min) {
		(void)ctl_fail("%s: %s is missing", command->name, synopsis->args[count]);
		return true;
	}
	if (count <= synopsis->args_max)
		return false;
	/* Not repeated: it may be a password, which belongs on no command line. */
	if (synopsis->arg_count == 0)
		(void)ctl_fail("%s: takes no arguments", command->name);
	else
		(void)ctl_fail("%s: there is more than %s", command->name,
		    synopsis->args[synopsis->arg_count - 1]);
	return true;
}

static bool
has_foreign_bytes(const struct ctl *ctl)
{
	for (int i = 0; i < ctl->arg_count; i++)
		if (!text_is_utf8(ctl->args[i], strlen(ctl->args[i])))
			return true;
	return false;
}

bool
usage_check_arguments(const struct command *command, const struct ctl *ctl)
{
	struct synopsis synopsis;

	synopsis_read(command->synopsis, &synopsis);
	if (!refuse_number(command, &synopsis, ctl->arg_count)) {
		if (!has_foreign_bytes(ctl))
			return true;
		(void)ctl_fail("%s: an argument is not UTF-8 text", command->name);
	}
	help_print_usage(command, stderr);
	return false;
}
