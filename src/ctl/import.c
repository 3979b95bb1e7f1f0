/* import: bearward import. */
#include "ctl/ctl.h"

#include <stdio.h>
#include <string.h>

#include "account/import.h"

enum { FORMATS = 4 };

static const struct {
	enum opt option;
	enum import_format format;
} formats[FORMATS] = {
	{ OPT_FROM, IMPORT_DATABASE },
	{ OPT_CSV, IMPORT_CSV },
	{ OPT_NDJSON, IMPORT_NDJSON },
	{ OPT_HTPASSWD, IMPORT_HTPASSWD },
};

/* Finds the one format that was typed; FORMATS: there is none, or several. */
static size_t
find_format(const struct ctl *ctl)
{
	size_t found = FORMATS;

	for (size_t i = 0; i < FORMATS; i++) {
		if (ctl->typed[formats[i].option] == NULL)
			continue;
		if (found != FORMATS)
			return FORMATS;
		found = i;
	}
	return found;
}

static bool
has_named_columns(const struct user_columns_named *named)
{
	return named->table != NULL || named->username != NULL || named->password != NULL ||
	    named->active != NULL || named->scope != NULL;
}

enum status
ctl_import_open(struct ctl *ctl)
{
	const size_t i = find_format(ctl);

	if (i == FORMATS)
		return ctl_refuse_usage("import", "say what FILE is, with one of --from, --csv, "
		    "--ndjson and --htpasswd");
	if (formats[i].format == IMPORT_HTPASSWD && has_named_columns(&ctl->columns))
		return ctl_refuse_usage("import", "a file of name:hash has no columns that could "
		    "be named");
	if (formats[i].format != IMPORT_DATABASE && ctl->columns.table != NULL)
		return ctl_refuse_usage("import", "--table is for databases only");
	if (formats[i].format == IMPORT_DATABASE && strcmp(ctl->args[0], "-") == 0)
		return ctl_refuse_usage("import", "a database is read where it lies, and not "
		    "from standard input: other files belong to it");
	if (import_open(formats[i].format, ctl->args[0], &ctl->config, &ctl->import,
	    stderr) == ERR_OK)
		return STATUS_DONE;
	return ctl_fail("nothing was done; the line above says why");
}

enum status
ctl_import(struct ctl *ctl)
{
	const struct import_options options = {
		.named = ctl->columns,
		.is_dry_run = ctl->typed[OPT_DRY_RUN] != NULL,
		.is_verbose = ctl->typed[OPT_VERBOSE] != NULL,
		.report = stdout, .faults = stderr,
	};
	int64_t refused;
	enum err err;

	if (ctl->columns.scope_given != NULL && !ctl_check_scope(ctl, ctl->columns.scope_given))
		return STATUS_FAILED;
	if (!ctl_open(ctl, ctl_writing))
		return STATUS_FAILED;
	if ((err = import_run(&ctl->context, ctl->import, &options, &refused)) == ERR_SETUP)
		return ctl_fail("nobody was imported; the line above says why");
	if (err != ERR_OK)
		return ctl_fail_for(err);
	ctl_warn_of_large_hashes(ctl);
	return refused == 0 ? STATUS_DONE : STATUS_FAILED;
}
