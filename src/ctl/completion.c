/* completion: makes the completion of shells from the table of commands. */
#include "ctl/completion.h"

#include <stdio.h>
#include <string.h>

#include "ctl/synopsis.h"

/*
 * What both shells run: from the words before the one that is completed, it finds the command, how
 * many arguments it has, and the option whose value comes next.
 */
static const char look_begin[] =
	"_bearward_look()\n"
	"{\n"
	"	local word skips=\n"
	"\n"
	"	command= count=0 value= is_help= ended=\n"
	"	for word in \"$@\"; do\n"
	"		# bash takes --option=value apart.\n"
	"		if [ -n \"$skips\" ] && [ \"$word\" = '=' ]; then\n"
	"			continue\n"
	"		fi\n"
	"		if [ -n \"$skips\" ]; then\n"
	"			skips= value=\n"
	"			continue\n"
	"		fi\n"
	"		case $ended$word in\n"
	"		--)\n"
	"			ended=. ;;\n"
	"		";
static const char look_middle[] =
	")\n"
	"			skips=1 value=$word ;;\n"
	"		-?*)\n"
	"			;;\n"
	"		*)\n"
	"			case $command in\n"
	"			'' | help)\n"
	"				is_help=$command command=$word ;;\n"
	"			";
static const char look_end[] =
	")\n"
	"				command=\"$command $word\" ;;\n"
	"			*)\n"
	"				count=$((count + 1)) ;;\n"
	"			esac ;;\n"
	"		esac\n"
	"	done\n"
	"}\n"
	"\n";

/* Finds what may be typed: the command's options, and the words for an argument, or FILE. */
static const char take_begin[] =
	"_bearward_take()\n"
	"{\n"
	"	options= general= argument= needs=\n"
	"	case $command in\n";
static const char take_middle[] =
	"	esac\n"
	"	if [ -n \"$is_help\" ] && [ -n \"$needs\" ]; then\n"
	"		options= argument= needs=\n"
	"	fi\n"
	"	if [ -z \"$ended\" ]; then\n"
	"		general='--config --help --version'\n"
	"	else\n"
	"		options=\n"
	"	fi\n"
	"	case $value in\n";
static const char take_end[] =
	"	esac\n"
	"}\n"
	"\n";

static const char tail_of_bash[] =
	"_bearward()\n"
	"{\n"
	"	local command count value is_help ended options general argument needs words=\n"
	"	local cur=${COMP_WORDS[COMP_CWORD]}\n"
	"\n"
	"	_bearward_look \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"\n"
	"	_bearward_take\n"
	"	if [ \"$cur\" = '=' ]; then\n"
	"		cur=\n"
	"	fi\n"
	"	COMPREPLY=()\n"
	"	if [ \"$argument\" = FILE ] && [[ $cur != -* || -n $value ]]; then\n"
	"		compopt -o filenames 2>/dev/null\n"
	"		mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
	"		return\n"
	"	fi\n"
	"	if [ -n \"$argument$value\" ] && [[ $cur != -* || -n $value ]]; then\n"
	"		words=${argument//|/ }\n"
	"	elif [[ $cur == -* ]]; then\n"
	"		words=\"$options $general\"\n"
	"	elif [ -n \"$needs\" ] && [ \"$count\" -ge \"$needs\" ]; then\n"
	"		words=$options\n"
	"	fi\n"
	"	mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
	"}\n"
	"\n"
	"complete -F _bearward bearward\n";

static const char tail_of_zsh[] =
	"_bearward()\n"
	"{\n"
	"	local command count value is_help ended options general argument needs\n"
	"	local list= word text\n"
	"	local -a shown\n"
	"	local -A about\n"
	"\n"
	"	_bearward_look \"${(@)words[2,CURRENT-1]}\"\n"
	"	_bearward_take\n"
	"	_bearward_about\n"
	"	if [[ $argument == FILE && ( $PREFIX != -* || -n $value ) ]]; then\n"
	"		_files\n"
	"		return\n"
	"	fi\n"
	"	if [[ -n $argument$value && ( $PREFIX != -* || -n $value ) ]]; then\n"
	"		list=${argument//|/ }\n"
	"	elif [[ $PREFIX == -* ]]; then\n"
	"		list=\"$options $general\"\n"
	"	elif [ -n \"$needs\" ] && [ \"$count\" -ge \"$needs\" ]; then\n"
	"		list=$options\n"
	"	fi\n"
	"	for word in ${=list}; do\n"
	"		text=${about[$word]:-${about[${command:+$command }$word]}}\n"
	"		shown+=(\"$word${text:+:${text//:/\\\\:}}\")\n"
	"	done\n"
	"	_describe bearward shown\n"
	"}\n"
	"\n"
	"if [ \"$funcstack[1]\" = _bearward ]; then\n"
	"	_bearward \"$@\"\n"
	"else\n"
	"	compdef _bearward bearward\n"
	"fi\n";

/* Prints a word of a shell in single quotes. */
static void
print_quoted(const char *word)
{
	putchar('\'');
	for (; *word != '\0'; word++)
		if (*word == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*word);
	putchar('\'');
}

static int
first_len(const struct command *command)
{
	return (int)strcspn(command->name, " ");
}

/* Returns whether a command is the first of its group, or stands alone. */
static bool
is_first(const struct command *command)
{
	const size_t len = (size_t)first_len(command);

	for (const struct command *before = commands; before < command; before++)
		if (strncmp(before->name, command->name, len + 1) == 0)
			return false;
	return true;
}

/* Prints the first words of commands, or those of groups alone, with something between them. */
static void
print_firsts(bool are_groups, const char *between)
{
	const char *lead = "";

	for (const struct command *command = commands; command->name != NULL; command++) {
		if (!is_first(command) || (are_groups && strchr(command->name, ' ') == NULL))
			continue;
		printf("%s%.*s", lead, first_len(command), command->name);
		lead = between;
	}
}

/* Prints what may follow the first word of a group. */
static void
print_group(const struct command *first)
{
	const int len = first_len(first);
	char lead = '\'';

	printf("\t%.*s)\n\t\targument=", len, first->name);
	for (const struct command *command = first; command->name != NULL; command++)
		if (strncmp(command->name, first->name, (size_t)len + 1) == 0) {
			printf("%c%s", lead, command->name + len + 1);
			lead = '|';
		}
	fputs("' ;;\n", stdout);
}

/* Prints that an argument is a file, or one of a few words, where it is. */
static void
print_argument(const char *argument, int number)
{
	const bool is_file = strncmp(argument, "FILE", 4) == 0 ||
	    strcmp(argument, "DIR") == 0 || strcmp(argument, "PROGRAM") == 0;

	if (is_file || strchr(argument, '|') != NULL)
		printf("\t\tif [ \"$count\" = %d ]; then argument='%s'; fi\n", number,
		    is_file ? "FILE" : argument);
}

static void
print_command(const struct command *command)
{
	struct synopsis synopsis;

	synopsis_read(command->synopsis, &synopsis);
	printf("\t'%s')\n\t\toptions='", command->name);
	for (enum opt opt = OPT_OF_ALL; opt < OPTS; opt++)
		if (synopsis.takes[opt])
			printf("--%s ", options_get(opt)->name);
	printf("' needs=%d\n", synopsis.args_min);
	for (int i = 0; i < synopsis.arg_count; i++)
		print_argument(synopsis.args[i], i);
	fputs("\t\t;;\n", stdout);
}

/* Prints what a value may be, of options whose values are known. */
static void
print_values(void)
{
	fputs("\t'') ;;\n\t-c | --config) argument=FILE ;;\n", stdout);
	for (enum opt opt = 0; opt < OPTS; opt++) {
		const struct option_row *row = options_get(opt);

		if (row->value != NULL && strchr(row->value, '|') != NULL)
			printf("\t--%s) argument='%s' ;;\n", row->name, row->value);
	}
	fputs("\t*) argument= ;;\n", stdout);
}

static void
print_look(void)
{
	fputs(look_begin, stdout);
	fputs("-c", stdout);
	for (enum opt opt = 0; opt < OPTS; opt++)
		if (options_get(opt)->value != NULL)
			printf(" | --%s", options_get(opt)->name);
	fputs(look_middle, stdout);
	print_firsts(true, " | ");
	fputs(look_end, stdout);
}

static void
print_take(void)
{
	fputs(take_begin, stdout);
	fputs("\t'' | help)\n\t\targument='", stdout);
	print_firsts(false, "|");
	fputs("' ;;\n", stdout);
	for (const struct command *command = commands; command->name != NULL; command++) {
		if (is_first(command) && strchr(command->name, ' ') != NULL)
			print_group(command);
		if (strcmp(command->name, "help") != 0)
			print_command(command);
	}
	fputs(take_middle, stdout);
	print_values();
	fputs(take_end, stdout);
}

/* Prints what commands and options are for, which zsh shows beside them. */
static void
print_about(void)
{
	puts("_bearward_about()\n{\n\tabout=(");
	for (const struct command *command = commands; command->name != NULL; command++) {
		printf("\t'%s' ", command->name);
		print_quoted(command->purpose);
		putchar('\n');
	}
	for (enum opt opt = 0; opt < OPTS; opt++) {
		printf("\t--%s ", options_get(opt)->name);
		print_quoted(options_get(opt)->meaning);
		putchar('\n');
	}
	puts("\t)\n}\n");
}

enum status
completion_run(struct ctl *ctl)
{
	const bool is_zsh = strcmp(ctl->args[0], "zsh") == 0;

	if (!is_zsh && strcmp(ctl->args[0], "bash") != 0)
		return ctl_refuse_usage("completion", "say for which shell, bash or zsh");
	if (is_zsh)
		puts("#compdef bearward");
	puts("# The completion of bearward, made by `bearward completion`.\n");
	print_look();
	print_take();
	if (is_zsh)
		print_about();
	fputs(is_zsh ? tail_of_zsh : tail_of_bash, stdout);
	return STATUS_DONE;
}
